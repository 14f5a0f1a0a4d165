package main

import "strings"

// words are what paths, users and the like are made of.
var words = strings.Fields(`account admin agenda alpha annual archive asset audit backup balance batch beta
 billing board brief budget build bundle calendar campaign capture catalog change chart claim client cluster
 code commit config contract core country course credit customer daily data debit delivery delta demo deploy
 design desk detail device digest direct docs draft east edge edit email employee energy engine entry epsilon
 error estimate event excel export extract factory feature field figure filing final finance firmware fiscal
 fleet flow folder forecast form frame front fund gamma gateway general global goods grant graph group guide
 handbook harvest hiring home host hr image import inbox index input insight install intake invoice issue item
 job journal june july kernel key keynote label lab launch layer lead learn ledger legal lesson letter level
 license link list load local log logo loop machine mail main manual map march market master matrix media
 meeting member memo merge metric mobile model module month network news night node north note notice object
 offer office order origin output package page paper parcel partner patch payment payroll people period phase
 photo pilot pipeline plan plant platform policy pool portal post power press price print process product
 profile program project proof proposal prototype public purchase quality quarter query queue quote rack rate
 raw receipt record region register release render rental repair report request research reserve result retail
 return review risk roadmap room root route sales sample scan schedule scope score script season sector secure
 segment server service session setup share sheet shift ship signal site sketch slide snapshot social source
 south spec sprint stack staff stage standard state status stock storage store stream study style summary
 supply support survey system table target task tax team template tender test theme ticket timeline token tool
 total track trade training transfer travel trend trial tunnel unit update upload usage user vault vendor
 version video view vision voucher warehouse web week weekly west widget window work yearly zone`)
var exts = []string{".xlsx", ".docx", ".pdf", ".txt", ".jpg", ".png", ".csv", ".log", ".mp4", ".zip", ".psd", ".dwg", ".py", ".json"}
