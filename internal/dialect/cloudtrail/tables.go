package cloudtrail

import "github.com/counterfoil/counterfoil"

// call is what is known of calls by name.
type call struct {
	action   counterfoil.Action
	class    counterfoil.Class
	category counterfoil.Category
	kind     string // of the object
	param    string // what names the object, a path in requestParameters; "a/b" puts two together
}

// known has the calls by service and name.
var known = func() map[string]*call {
	m := map[string]*call{}
	for i := range groups {
		g := &groups[i]
		for _, name := range g.names {
			m[g.service+":"+name] = &g.call
		}
	}
	return m
}()

const (
	lo = counterfoil.ClassLogin
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	fr = counterfoil.ClassFileRead
	fw = counterfoil.ClassFileWrite
	fc = counterfoil.ClassFileCreate
	fd = counterfoil.ClassFileDelete
	fa = counterfoil.ClassFileAttrAccess
	fm = counterfoil.ClassFileAttrModify
	ex = counterfoil.ClassExec
	nt = counterfoil.ClassNetwork
	ot = counterfoil.ClassOther
)

const (
	admin     = counterfoil.CategoryAdmin
	system    = counterfoil.CategorySystem
	provision = counterfoil.CategoryProvision
	security  = counterfoil.CategorySecurity
	data      = counterfoil.CategoryData
	alarm     = counterfoil.CategoryAlarm
)

var groups = []struct {
	service string
	call
	names []string
}{
	{"signin", call{counterfoil.SessionLogin, lo, security, "session", ""}, []string{"ConsoleLogin"}},
	{"signin", call{counterfoil.SessionBecome, lo, security, "role", ""}, []string{"SwitchRole", "ExitRole"}},
	{"signin", call{counterfoil.AuthAttempt, aa, security, "", ""}, []string{"CheckMfa", "UserAuthentication", "CredentialChallenge", "CredentialVerification"}},
	{"signin", call{counterfoil.AuthCredential, aa, security, "", ""}, []string{"RenewRole", "GetSigninToken"}},
	{"signin", call{counterfoil.AccountPassword, aa | ad, admin, "account", ""}, []string{"PasswordRecoveryRequested", "PasswordRecoveryCompleted", "PasswordUpdated"}},
	{"sso", call{counterfoil.SessionLogin, lo, security, "session", ""}, []string{"Authenticate"}},
	{"sso", call{counterfoil.SessionBecome, lo, security, "role", "role_name"}, []string{"Federate"}},
	{"sso", call{counterfoil.SessionLogout, lo, security, "session", ""}, []string{"Logout"}},

	{"sts", call{counterfoil.SessionBecome, lo, security, "role", "roleArn"}, []string{"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}},
	{"sts", call{counterfoil.SessionBecome, lo, security, "account", "targetPrincipal"}, []string{"AssumeRoot"}},
	{"sts", call{counterfoil.AuthCredential, aa, security, "account", "name"}, []string{"GetSessionToken", "GetFederationToken"}},

	{"iam", call{counterfoil.AccountCreate, ad, admin, "account", "userName"}, []string{"CreateUser"}},
	{"iam", call{counterfoil.AccountModify, ad, admin, "account", "userName"}, []string{"UpdateUser", "TagUser", "UntagUser", "DeleteLoginProfile", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"}},
	{"iam", call{counterfoil.AccountDelete, ad, admin, "account", "userName"}, []string{"DeleteUser"}},
	{"iam", call{counterfoil.AccountPassword, aa | ad, admin, "account", "userName"}, []string{"CreateLoginProfile", "UpdateLoginProfile", "ChangePassword"}},
	{"iam", call{counterfoil.AuthCredential, aa | ad, admin, "account", "userName"}, []string{"CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "EnableMFADevice",
		"DeactivateMFADevice", "ResyncMFADevice", "UploadSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey", "UploadSigningCertificate", "UpdateSigningCertificate",
		"DeleteSigningCertificate", "CreateServiceSpecificCredential", "ResetServiceSpecificCredential", "UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential"}},
	{"iam", call{counterfoil.AuthCredential, aa | ad, admin, "device", "virtualMFADeviceName"}, []string{"CreateVirtualMFADevice"}},
	{"iam", call{counterfoil.AuthCredential, aa | ad, admin, "device", "serialNumber"}, []string{"DeleteVirtualMFADevice"}},
	{"iam", call{counterfoil.GroupCreate, ad, admin, "group", "groupName"}, []string{"CreateGroup"}},
	{"iam", call{counterfoil.GroupModify, ad, admin, "group", "groupName"}, []string{"UpdateGroup", "AddUserToGroup", "RemoveUserFromGroup"}},
	{"iam", call{counterfoil.GroupDelete, ad, admin, "group", "groupName"}, []string{"DeleteGroup"}},
	{"iam", call{counterfoil.RoleCreate, ad, admin, "role", "roleName"}, []string{"CreateRole"}},
	{"iam", call{counterfoil.RoleCreate, ad, admin, "role", "aWSServiceName"}, []string{"CreateServiceLinkedRole"}},
	{"iam", call{counterfoil.RoleModify, ad, admin, "role", "roleName"}, []string{"UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "TagRole", "UntagRole",
		"PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"}},
	{"iam", call{counterfoil.RoleDelete, ad, admin, "role", "roleName"}, []string{"DeleteRole", "DeleteServiceLinkedRole"}},
	{"iam", call{counterfoil.RoleGrant, ad, admin, "account", "userName"}, []string{"AttachUserPolicy", "PutUserPolicy"}},
	{"iam", call{counterfoil.RoleGrant, ad, admin, "role", "roleName"}, []string{"AttachRolePolicy", "PutRolePolicy"}},
	{"iam", call{counterfoil.RoleGrant, ad, admin, "group", "groupName"}, []string{"AttachGroupPolicy", "PutGroupPolicy"}},
	{"iam", call{counterfoil.RoleRevoke, ad, admin, "account", "userName"}, []string{"DetachUserPolicy", "DeleteUserPolicy"}},
	{"iam", call{counterfoil.RoleRevoke, ad, admin, "role", "roleName"}, []string{"DetachRolePolicy", "DeleteRolePolicy"}},
	{"iam", call{counterfoil.RoleRevoke, ad, admin, "group", "groupName"}, []string{"DetachGroupPolicy", "DeleteGroupPolicy"}},
	{"iam", call{counterfoil.PolicyChange, ad, security, "policy", "policyName"}, []string{"CreatePolicy"}},
	{"iam", call{counterfoil.PolicyChange, ad, security, "policy", "policyArn"}, []string{"DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"}},
	{"iam", call{counterfoil.PolicyChange, ad, security, "policy", ""}, []string{"UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"}},
	{"iam", call{counterfoil.CertificateChange, ad, admin, "certificate", "serverCertificateName"}, []string{"UploadServerCertificate", "UpdateServerCertificate", "DeleteServerCertificate"}},
	{"organizations", call{counterfoil.AccountCreate, ad, admin, "account", "accountName"}, []string{"CreateAccount"}},
	{"organizations", call{counterfoil.PolicyChange, ad, security, "policy", "policyId"}, []string{"AttachPolicy", "DetachPolicy", "UpdatePolicy", "DeletePolicy"}},

	{"cloudtrail", call{counterfoil.AuditStart, ad, security, "trail", "name"}, []string{"StartLogging", "CreateTrail"}},
	{"cloudtrail", call{counterfoil.AuditStop, ad, security, "trail", "name"}, []string{"StopLogging", "DeleteTrail"}},
	{"cloudtrail", call{counterfoil.AuditConfig, ad, security, "trail", "name"}, []string{"UpdateTrail"}},
	{"cloudtrail", call{counterfoil.AuditConfig, ad, security, "trail", "trailName"}, []string{"PutEventSelectors", "PutInsightSelectors"}},
	{"cloudtrail", call{counterfoil.AuditSearch, fr, security, "", ""}, []string{"LookupEvents", "StartQuery", "GetQueryResults"}},
	{"config", call{counterfoil.AuditStart, ad, security, "recorder", "configurationRecorderName"}, []string{"StartConfigurationRecorder"}},
	{"config", call{counterfoil.AuditStop, ad, security, "recorder", "configurationRecorderName"}, []string{"StopConfigurationRecorder", "DeleteConfigurationRecorder"}},
	{"guardduty", call{counterfoil.AuditStart, ad, security, "detector", ""}, []string{"CreateDetector"}},
	{"guardduty", call{counterfoil.AuditStop, ad, security, "detector", "detectorId"}, []string{"DeleteDetector"}},
	{"ec2", call{counterfoil.AuditStart, ad, security, "flow log", ""}, []string{"CreateFlowLogs"}},
	{"ec2", call{counterfoil.AuditStop, ad, security, "flow log", ""}, []string{"DeleteFlowLogs"}},
	{"s3", call{counterfoil.AuditConfig, ad, security, "bucket", "bucketName"}, []string{"PutBucketLogging"}},

	{"kms", call{counterfoil.AuthKey, aa, security, "key", "keyId"}, []string{"Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
		"GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "Sign", "Verify", "DeriveSharedSecret"}},
	{"kms", call{counterfoil.AuthCredential, aa | ad, security, "key", "keyId"}, []string{"CreateKey", "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion",
		"ImportKeyMaterial", "DeleteImportedKeyMaterial", "EnableKeyRotation", "DisableKeyRotation"}},
	{"kms", call{counterfoil.PolicyChange, ad, security, "key", "keyId"}, []string{"PutKeyPolicy", "CreateGrant", "RetireGrant", "RevokeGrant"}},
	{"secretsmanager", call{counterfoil.DataRead, fr, data, "secret", "secretId"}, []string{"GetSecretValue", "BatchGetSecretValue"}},
	{"secretsmanager", call{counterfoil.DataWrite, fc, data, "secret", "name"}, []string{"CreateSecret"}},
	{"secretsmanager", call{counterfoil.DataWrite, fw, data, "secret", "secretId"}, []string{"PutSecretValue", "UpdateSecret", "RestoreSecret", "RotateSecret"}},
	{"secretsmanager", call{counterfoil.DataDelete, fd, data, "secret", "secretId"}, []string{"DeleteSecret"}},
	{"ssm", call{counterfoil.DataRead, fr, data, "parameter", "name"}, []string{"GetParameter"}},
	{"ssm", call{counterfoil.DataRead, fr, data, "parameter", "names"}, []string{"GetParameters"}},
	{"ssm", call{counterfoil.DataWrite, fw, data, "parameter", "name"}, []string{"PutParameter"}},
	{"ssm", call{counterfoil.DataDelete, fd, data, "parameter", "name"}, []string{"DeleteParameter"}},
	{"ssm", call{counterfoil.SessionOpen, lo, security, "machine", "target"}, []string{"StartSession"}},
	{"ssm", call{counterfoil.SessionClose, lo, security, "session", "sessionId"}, []string{"TerminateSession"}},
	{"ssm", call{counterfoil.ProcessExec, ex, admin, "machine", "instanceIds"}, []string{"SendCommand"}},

	{"s3", call{counterfoil.DataRead, fr, data, "object", "bucketName/key"}, []string{"GetObject", "SelectObjectContent", "RestoreObject"}},
	{"s3", call{counterfoil.DataRead, fa, data, "object", "bucketName/key"}, []string{"HeadObject", "GetObjectAcl", "GetObjectTagging", "GetObjectAttributes"}},
	{"s3", call{counterfoil.DataRead, fr, data, "bucket", "bucketName"}, []string{"ListObjects", "ListObjectsV2", "ListObjectVersions"}},
	{"s3", call{counterfoil.DataWrite, fw | fc, data, "object", "bucketName/key"}, []string{"PutObject", "CopyObject", "CompleteMultipartUpload", "UploadPart", "CreateMultipartUpload"}},
	{"s3", call{counterfoil.DataDelete, fd, data, "object", "bucketName/key"}, []string{"DeleteObject"}},
	{"s3", call{counterfoil.DataDelete, fd, data, "bucket", "bucketName"}, []string{"DeleteObjects"}},
	{"s3", call{counterfoil.FileACL, fm, security, "object", "bucketName/key"}, []string{"PutObjectAcl"}},
	{"s3", call{counterfoil.CollectionCreate, fc | ad, data, "bucket", "bucketName"}, []string{"CreateBucket"}},
	{"s3", call{counterfoil.CollectionDrop, fd | ad, data, "bucket", "bucketName"}, []string{"DeleteBucket"}},
	{"s3", call{counterfoil.PolicyChange, ad, security, "bucket", "bucketName"}, []string{"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketPublicAccessBlock",
		"DeleteBucketPublicAccessBlock", "PutBucketOwnershipControls"}},
	{"s3", call{counterfoil.PolicyChange, ad, security, "", ""}, []string{"PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"}},
	{"dynamodb", call{counterfoil.DataRead, fr, data, "table", "tableName"}, []string{"GetItem", "Query", "Scan"}},
	{"dynamodb", call{counterfoil.DataWrite, fw, data, "table", "tableName"}, []string{"PutItem", "UpdateItem"}},
	{"dynamodb", call{counterfoil.DataDelete, fd, data, "table", "tableName"}, []string{"DeleteItem"}},
	{"dynamodb", call{counterfoil.CollectionCreate, fc | ad, data, "table", "tableName"}, []string{"CreateTable"}},
	{"dynamodb", call{counterfoil.CollectionDrop, fd | ad, data, "table", "tableName"}, []string{"DeleteTable"}},
	{"rds", call{counterfoil.DatabaseCreate, ad, provision, "database", "dBInstanceIdentifier"}, []string{"CreateDBInstance"}},
	{"rds", call{counterfoil.DatabaseDrop, ad, provision, "database", "dBInstanceIdentifier"}, []string{"DeleteDBInstance"}},
	{"rds", call{counterfoil.DatabaseCreate, ad, provision, "database", "dBClusterIdentifier"}, []string{"CreateDBCluster"}},
	{"rds", call{counterfoil.DatabaseDrop, ad, provision, "database", "dBClusterIdentifier"}, []string{"DeleteDBCluster"}},

	{"ec2", call{counterfoil.SystemVirtual, ad, provision, "machine", "instancesSet.items.instanceId"}, []string{"StartInstances", "StopInstances", "RebootInstances", "TerminateInstances"}},
	{"ec2", call{counterfoil.SystemVirtual, ad, provision, "machine", "@instancesSet.items.instanceId"}, []string{"RunInstances"}},
	{"ec2", call{counterfoil.NetworkConfig, nt | ad, provision, "security group", "groupId"}, []string{"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
		"RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules", "DeleteSecurityGroup"}},
	{"ec2", call{counterfoil.NetworkConfig, nt | ad, provision, "security group", "groupName"}, []string{"CreateSecurityGroup"}},
	{"ec2", call{counterfoil.NetworkConfig, nt | ad, provision, "network ACL", "networkAclId"}, []string{"CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry", "DeleteNetworkAcl"}},
	{"ec2", call{counterfoil.NetworkConfig, nt | ad, provision, "network", "vpcId"}, []string{"CreateSubnet", "DeleteVpc", "CreateNetworkAcl", "AttachInternetGateway", "DetachInternetGateway"}},
	{"ec2", call{counterfoil.RouteChange, nt | ad, provision, "route", "destinationCidrBlock"}, []string{"CreateRoute", "ReplaceRoute", "DeleteRoute"}},
	{"ec2", call{counterfoil.AuthCredential, aa | ad, admin, "key", "keyName"}, []string{"CreateKeyPair", "ImportKeyPair", "DeleteKeyPair"}},
	{"route53", call{counterfoil.NetworkConfig, nt | ad, provision, "zone", "hostedZoneId"}, []string{"ChangeResourceRecordSets"}},
	{"lambda", call{counterfoil.SoftwareInstall, ad, provision, "function", "functionName"}, []string{"CreateFunction20150331"}},
	{"lambda", call{counterfoil.SoftwareUpdate, ad, provision, "function", "functionName"}, []string{"UpdateFunctionCode20150331v2"}},
	{"lambda", call{counterfoil.SoftwareRemove, ad, provision, "function", "functionName"}, []string{"DeleteFunction20150331"}},
	{"lambda", call{counterfoil.ProcessExec, ex, data, "function", "functionName"}, []string{"Invoke", "InvokeExecution"}},
	{"acm", call{counterfoil.CertificateChange, ad, admin, "certificate", "domainName"}, []string{"RequestCertificate"}},
	{"acm", call{counterfoil.CertificateChange, ad, admin, "certificate", "certificateArn"}, []string{"ImportCertificate", "DeleteCertificate", "RenewCertificate"}},
}

// What is not known by name is told apart by what CloudTrail says of it: whether it reads, and whether it is about data.
var (
	readsConfig   = call{action: counterfoil.ConfigRead, class: fr, category: system}
	changesConfig = call{action: counterfoil.ConfigChange, class: ad, category: provision}
	readsData     = call{action: counterfoil.DataRead, class: fr, category: data}
	changesData   = call{action: counterfoil.DataWrite, class: fw, category: data}
	untold        = call{class: ot, category: system}
)

// refusals are error codes that say no because of who asked; those that end so are too.
var refusals = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess", "AuthFailure", "AuthorizationError",
	"NotAuthorized", "NotAuthorizedException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "ExpiredToken",
	"ExpiredTokenException", "InvalidAccessKeyId", "OptInRequired", "Failed authentication"}
