// Code generated from the OCSF schema 1.3.0 by internal/dialect/ocsf/gen. DO NOT EDIT.

package ocsf

// classFacts has the attributes of each class, by class_uid.
var classFacts = map[int]facts{
	0: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,99 activity_name:string_t category_name:string_t category_uid!:integer_t=0
class_name:string_t class_uid!:integer_t=0 count:integer_t duration:long_t end_time:timestamp_t
enrichments:enrichment[] message?:string_t metadata!:metadata observables?:observable[] raw_data:string_t
severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object
`},
	1001: {[]string(nil), []string(nil), `
access_mask:integer_t activity_id!:integer_t=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,99 activity_name:string_t
actor!:actor category_name:string_t category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0
component?:string_t connection_uid:string_t count:integer_t create_mask?:string_t device!:device
duration:long_t end_time:timestamp_t enrichments:enrichment[] file!:file file_diff?:string_t file_result?:file
message?:string_t metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object
`},
	1002: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,99 activity_name:string_t actor!:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t device!:device
driver!:kernel_driver duration:long_t end_time:timestamp_t enrichments:enrichment[] message?:string_t
metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object
`},
	1007: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,99 activity_name:string_t actor!:actor actual_permissions?:integer_t
category_name:string_t category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t
device!:device duration:long_t end_time:timestamp_t enrichments:enrichment[] exit_code?:integer_t
injection_type?:string_t injection_type_id?:integer_t=0,1,2,3,99 message?:string_t metadata!:metadata
module?:module observables?:observable[] process!:process raw_data:string_t requested_permissions?:integer_t
severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object
`},
	1008: {[]string{"log_file", "log_name", "log_provider", "log_type", "log_type_id"}, []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,7,8,9,10,99 activity_name:string_t actor?:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t device?:device
dst_endpoint?:network_endpoint duration:long_t end_time:timestamp_t enrichments:enrichment[] file?:file
log_name?:string_t log_provider?:string_t log_type?:string_t log_type_id?:integer_t=0,1,2,99 message?:string_t
metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 src_endpoint?:network_endpoint start_time:timestamp_t status?:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object
`},
	2004: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,99 activity_name:string_t actor:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 comment:string_t confidence:string_t
confidence_id?:integer_t=0,1,2,3,99 confidence_score:integer_t count:integer_t device?:device duration:long_t
end_time:timestamp_t enrichments:enrichment[] evidences?:evidences[] finding_info!:finding_info impact:string_t
impact_id:integer_t=0,1,2,3,4,99 impact_score:integer_t message?:string_t metadata!:metadata
observables?:observable[] raw_data:string_t remediation:remediation resources?:resource_details[]
risk_details:string_t risk_level:string_t risk_level_id:integer_t=0,1,2,3,4,99 risk_score:integer_t
severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,3,4,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object vulnerabilities:vulnerability[]
`},
	3001: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,7,8,9,10,11,99 activity_name:string_t actor?:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t device?:device
duration:long_t end_time:timestamp_t enrichments:enrichment[] http_request:http_request message?:string_t
metadata!:metadata observables?:observable[] policy:policy raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 src_endpoint?:network_endpoint start_time:timestamp_t status?:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object user!:user user_result?:user
`},
	3002: {[]string{"service", "dst_endpoint"}, []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,99 activity_name:string_t actor:actor auth_factors:auth_factor[]
auth_protocol?:string_t auth_protocol_id?:integer_t=0,1,2,3,4,5,6,7,8,9,10,99 category_name:string_t
category_uid!:integer_t=0 certificate?:certificate class_name:string_t class_uid!:integer_t=0 count:integer_t
device?:device dst_endpoint?:network_endpoint duration:long_t end_time:timestamp_t enrichments:enrichment[]
http_request:http_request is_cleartext:boolean_t is_mfa?:boolean_t is_new_logon:boolean_t is_remote?:boolean_t
logon_process:process logon_type?:string_t logon_type_id?:integer_t=0,1,2,3,4,5,7,8,9,10,11,12,13,99
message?:string_t metadata!:metadata observables?:observable[] raw_data:string_t service?:service
session?:session severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 src_endpoint?:network_endpoint
start_time:timestamp_t status?:string_t status_code?:string_t status_detail?:string_t
status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t type_name:string_t type_uid!:long_t
unmapped:object user!:user
`},
	3004: {[]string(nil), []string(nil), `
access_list:string_t[] access_mask:integer_t activity_id!:integer_t=0,1,2,3,4,5,6,7,8,9,10,11,12,13,99
activity_name:string_t actor:actor category_name:string_t category_uid!:integer_t=0 class_name:string_t
class_uid!:integer_t=0 comment?:string_t count:integer_t device?:device duration:long_t end_time:timestamp_t
enrichments:enrichment[] entity!:managed_entity entity_result?:managed_entity http_request:http_request
message?:string_t metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 src_endpoint?:network_endpoint start_time:timestamp_t status?:string_t
status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object
`},
	3005: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,99 activity_name:string_t actor:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t device?:device
duration:long_t end_time:timestamp_t enrichments:enrichment[] http_request:http_request message?:string_t
metadata!:metadata observables?:observable[] privileges!:string_t[] raw_data:string_t
resource?:resource_details severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99
src_endpoint?:network_endpoint start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object user!:user
`},
	4001: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,7,99 activity_name:string_t actor:actor app_name:string_t
category_name:string_t category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0
connection_info?:network_connection_info count:integer_t device?:device dst_endpoint!:network_endpoint
duration:long_t end_time:timestamp_t enrichments:enrichment[] ja4_fingerprint_list:ja4_fingerprint[]
message?:string_t metadata!:metadata observables?:observable[] proxy?:network_proxy raw_data:string_t
severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 src_endpoint?:network_endpoint start_time:timestamp_t
status?:string_t status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t tls:tls traffic?:network_traffic type_name:string_t type_uid!:long_t unmapped:object
url?:url
`},
	4006: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,99 activity_name:string_t actor:actor app_name:string_t
category_name:string_t category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0
client_dialects?:string_t[] command?:string_t connection_info?:network_connection_info count:integer_t
dce_rpc:dce_rpc device?:device dialect?:string_t dst_endpoint!:network_endpoint duration:long_t
end_time:timestamp_t enrichments:enrichment[] file?:file ja4_fingerprint_list:ja4_fingerprint[]
message?:string_t metadata!:metadata observables?:observable[] open_type?:string_t proxy?:network_proxy
raw_data:string_t response?:response severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99 share?:string_t
share_type?:string_t share_type_id?:integer_t=0,1,2,3,99 src_endpoint?:network_endpoint start_time:timestamp_t
status?:string_t status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t tls:tls traffic?:network_traffic tree_uid?:string_t type_name:string_t
type_uid!:long_t unmapped:object
`},
	5002: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,99 activity_name:string_t actor:actor category_name:string_t
category_uid!:integer_t=0 cis_benchmark_result?:cis_benchmark_result class_name:string_t class_uid!:integer_t=0
count:integer_t device!:device duration:long_t end_time:timestamp_t enrichments:enrichment[] message?:string_t
metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object
`},
	5019: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,99 activity_name:string_t actor:actor category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t device!:device
duration:long_t end_time:timestamp_t enrichments:enrichment[] message?:string_t metadata!:metadata
observables?:observable[] prev_security_level?:string_t prev_security_level_id?:integer_t=0,1,2,3,99
prev_security_states?:security_state[] raw_data:string_t security_level?:string_t
security_level_id?:integer_t=0,1,2,3,99 security_states?:security_state[] severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t state:string_t state_id?:integer_t=0,1,2,99
status?:string_t status_code?:string_t status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t
timezone_offset?:integer_t type_name:string_t type_uid!:long_t unmapped:object
`},
	6002: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,5,6,7,8,99 activity_name:string_t actor:actor app!:product
category_name:string_t category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t
device?:device duration:long_t end_time:timestamp_t enrichments:enrichment[] message?:string_t
metadata!:metadata observables?:observable[] raw_data:string_t severity:string_t
severity_id!:integer_t=0,1,2,3,4,5,6,99 start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object
`},
	6003: {[]string(nil), []string(nil), `
activity_id!:integer_t=0,1,2,3,4,99 activity_name:string_t actor!:actor api!:api category_name:string_t
category_uid!:integer_t=0 class_name:string_t class_uid!:integer_t=0 count:integer_t
dst_endpoint?:network_endpoint duration:long_t end_time:timestamp_t enrichments:enrichment[]
http_request?:http_request message?:string_t metadata!:metadata observables?:observable[] raw_data:string_t
resources?:resource_details[] severity:string_t severity_id!:integer_t=0,1,2,3,4,5,6,99
src_endpoint!:network_endpoint start_time:timestamp_t status?:string_t status_code?:string_t
status_detail?:string_t status_id?:integer_t=0,1,2,99 time!:timestamp_t timezone_offset?:integer_t
type_name:string_t type_uid!:long_t unmapped:object
`},
}

// objectFacts has those of each object that is written.
var objectFacts = map[string]facts{
	"actor": {[]string{"process", "user", "invoked_by", "session", "app_name", "app_uid"}, []string(nil), `
app_name:string_t app_uid:string_t authorizations:authorization[] idp:idp invoked_by:string_t process?:process
session:session user?:user
`},
	"api": {[]string(nil), []string(nil), `
group:group operation!:string_t request?:request response?:response service:service version:string_t
`},
	"device": {[]string{"ip", "uid", "name", "hostname", "instance_uid", "interface_uid", "interface_name"}, []string(nil), `
agent_list:agent[] autoscale_uid:string_t boot_time:timestamp_t created_time:timestamp_t desc:string_t
domain:string_t first_seen_time:timestamp_t groups:group[] hostname?:hostname_t hw_info:device_hw_info
hypervisor:string_t image:image imei:string_t instance_uid?:string_t interface_name?:string_t
interface_uid?:string_t ip:ip_t is_compliant:boolean_t is_managed:boolean_t is_personal:boolean_t
is_trusted:boolean_t last_seen_time:timestamp_t location:location mac:mac_t modified_time:timestamp_t
name:string_t network_interfaces:network_interface[] org:organization os:os owner?:user region?:string_t
risk_level:string_t risk_level_id:integer_t=0,1,2,3,4,99 risk_score:integer_t subnet:subnet_t
subnet_uid:string_t type?:string_t type_id!:integer_t=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,99 uid?:string_t
uid_alt:string_t vlan_uid:string_t vpc_uid:string_t zone:string_t
`},
	"file": {[]string(nil), []string(nil), `
accessed_time:timestamp_t accessor:user attributes:integer_t company_name:string_t confidentiality:string_t
confidentiality_id:integer_t=0,1,2,3,4,5,6,99 created_time:timestamp_t creator:user desc:string_t ext?:string_t
hashes?:fingerprint[] is_system:boolean_t mime_type:string_t modified_time:timestamp_t modifier:user
name!:file_name_t owner:user parent_folder:string_t path?:string_t product:product security_descriptor:string_t
signature:digital_signature size:long_t type:string_t type_id!:integer_t=0,1,2,3,4,5,6,7,99 uid:string_t
version:string_t xattributes:object
`},
	"finding_info": {[]string(nil), []string(nil), `
analytic?:analytic attacks:attack[] created_time:timestamp_t data_sources:string_t[] desc:string_t
first_seen_time:timestamp_t kill_chain:kill_chain_phase[] last_seen_time:timestamp_t modified_time:timestamp_t
product_uid:string_t related_analytics:analytic[] related_events:related_event[] src_url:url_t title!:string_t
types:string_t[] uid!:string_t
`},
	"kernel_driver": {[]string(nil), []string(nil), `
file!:file
`},
	"managed_entity": {[]string{"name", "uid", "device", "group", "org", "policy", "user"}, []string(nil), `
data:json_t device?:device email?:email group?:group name?:string_t org?:organization policy?:policy
type?:string_t type_id?:integer_t=0,1,2,3,4,5,6,99 uid?:string_t user?:user version?:string_t
`},
	"metadata": {[]string(nil), []string(nil), `
correlation_uid:string_t event_code:string_t extension:extension extensions:extension[] labels:string_t[]
log_level:string_t log_name?:string_t log_provider?:string_t log_version:string_t logged_time:timestamp_t
loggers:logger[] modified_time:timestamp_t original_time?:string_t processed_time:timestamp_t product!:product
profiles:string_t[] sequence:integer_t tenant_uid?:string_t uid:string_t version!:string_t
`},
	"network_endpoint": {[]string{"ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"}, []string(nil), `
agent_list:agent[] autonomous_system:autonomous_system domain:string_t hostname?:hostname_t
hw_info:device_hw_info instance_uid?:string_t interface_name?:string_t interface_uid?:string_t
intermediate_ips:ip_t[] ip?:ip_t location:location mac:mac_t name?:string_t os:os owner?:user port?:port_t
proxy_endpoint:network_proxy subnet_uid:string_t svc_name?:string_t type:string_t
type_id?:integer_t=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,99 uid?:string_t vlan_uid:string_t vpc_uid:string_t
zone:string_t
`},
	"process": {[]string{"pid", "uid"}, []string(nil), `
cmd_line?:string_t created_time?:timestamp_t file?:file integrity:string_t
integrity_id:integer_t=0,1,2,3,4,5,6,99 lineage:string_t[] loaded_modules:string_t[] name?:process_name_t
parent_process?:process pid?:integer_t sandbox:string_t session:session terminated_time:timestamp_t
tid:integer_t uid?:string_t user?:user xattributes:object
`},
	"product": {[]string{"name", "uid"}, []string(nil), `
cpe_name:string_t feature:feature lang:string_t name?:string_t path:string_t uid?:string_t url_string:url_t
vendor_name!:string_t version?:string_t
`},
	"service": {[]string{"name", "uid"}, []string(nil), `
labels:string_t[] name?:string_t uid?:string_t version?:string_t
`},
	"session": {[]string(nil), []string(nil), `
count:integer_t created_time?:timestamp_t credential_uid:string_t expiration_reason:string_t
expiration_time:timestamp_t is_mfa:boolean_t is_remote?:boolean_t is_vpn:boolean_t issuer?:string_t
terminal:string_t uid?:string_t uid_alt:string_t uuid:uuid_t
`},
	"user": {[]string{"account", "name", "uid"}, []string(nil), `
account:account credential_uid:string_t domain:string_t email_addr:email_t full_name:string_t groups:group[]
ldap_person:ldap_person name?:username_t org:organization risk_level:string_t
risk_level_id:integer_t=0,1,2,3,4,99 risk_score:integer_t type:string_t type_id?:integer_t=0,1,2,3,99
uid?:string_t uid_alt:string_t
`},
}
