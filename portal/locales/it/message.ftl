# La pagina che mostra un messaggio, e la pagina da stampare.

message-title = Messaggio protetto
message-print = Versione per la stampa
message-save = Salva il messaggio
message-label = Messaggio
message-label-nested = Messaggio nel messaggio
message-frame = Testo del messaggio
message-no-subject = (senza oggetto)
message-empty = Questo messaggio non ha testo.
message-from = Da
message-to = A
message-cc = Copia a
message-date = Data
message-more =
    { $count ->
        [one] { $count } altro
       *[other] altri { $count }
    }
message-cut = L'elenco è troppo lungo per essere mostrato qui.
message-nested = Messaggio in questo messaggio:
message-nested-from = , da { $author }
print-how = Per stampare questo messaggio, usi il comando di stampa del Suo browser.

## Allegati

attachments = Allegati
attachment-view = Vedi
attachment-view-this = Vedi { $name }
attachment-save = Salva
attachment-save-this = Salva { $name }
attachments-save = Salva tutti in un file ZIP
attachments-withheld = Il mittente di questo messaggio non permette di scaricarne gli allegati:
size-bytes =
    { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } byte
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## Ciò che chiede il mittente

asked-title = Ciò che Le chiede il mittente
asked-no-print = Per favore, non stampi questo messaggio.
asked-no-forward = Per favore, non trasmetta ad altri questo messaggio.
asked-hint = Sono richieste, non serrature. Questo portale non offre alcun modo per farlo, ma nulla può impedire che si copi ciò che sta su uno schermo.

## Ciò che il lettore deve sapere

notice-remote =
    { $count ->
        [one] { $count } immagine di questo messaggio si trova su un altro computer e non viene mostrata.
       *[other] { $count } immagini di questo messaggio si trovano su altri computer e non vengono mostrate.
    }
notice-remote-tells = Caricando le immagini si rivela a quei computer che ha aperto questo messaggio, quando, e da quale indirizzo di rete.
notice-remote-load = Carica le immagini
notice-remote-loaded = Le immagini di questo messaggio vengono da altri computer, che ora sanno che lo ha aperto.
notice-omitted =
    { $count ->
        [one] { $count } immagine è troppo grande per essere mostrata qui.
       *[other] { $count } immagini sono troppo grandi per essere mostrate qui.
    }
notice-too-complex = La versione formattata di questo messaggio è troppo complessa per essere mostrata in sicurezza, perciò ne vede il testo.
notice-cut = Questo messaggio è troppo lungo per essere mostrato per intero. Il testo completo è tra gli allegati.
notice-pgp = Il mittente ha inoltre cifrato questo messaggio con PGP, per una chiave che ha solo Lei. Salvi il messaggio, e lo apra nel programma che usa per PGP.
notice-smime = Il mittente ha inoltre cifrato questo messaggio con S/MIME, per un certificato che ha solo Lei. Salvi il messaggio, e lo apra nel programma di posta che ha il Suo certificato.
notice-smime-signed = Il mittente ha firmato questo messaggio con S/MIME in una forma che solo i programmi di posta sanno leggere. Salvi il messaggio, e lo apra nel Suo programma di posta.
notice-signed = Il mittente ha firmato questo messaggio. La firma non viene verificata qui; per verificarla, salvi il messaggio e lo apra nel Suo programma di posta.
notice-not-opened = Alcuni messaggi in questo messaggio non vengono aperti qui. Li salvi per leggerli in un programma di posta.
notice-parts = Questo messaggio non può essere mostrato qui, perché ha più di 1000 parti. Può salvarlo e aprirlo in un programma di posta.
notice-depth = Questo messaggio non può essere mostrato qui, perché le sue parti sono annidate troppo in profondità. Può salvarlo e aprirlo in un programma di posta.
notice-header = Questo messaggio non può essere mostrato qui, perché una sua intestazione è troppo lunga. Può salvarlo e aprirlo in un programma di posta.
notice-unsaved-closed = Solo un altro programma potrebbe mostrare questo messaggio, e il mittente non consente di salvarlo. Chieda al mittente un altro modo per leggerlo.
notice-unsaved-cut = Questo messaggio è troppo lungo per essere mostrato per intero, e il mittente non consente di salvarlo. Chieda al mittente un altro modo per leggere il resto.
notice-unsaved-signed = Il mittente ha firmato questo messaggio. La firma non viene verificata qui.
notice-unsaved-nested = Alcuni messaggi contenuti in questo messaggio non vengono aperti qui, e il mittente non consente di salvarli.

## Eventi

event = Evento del calendario
event-cancelled = Questo evento è annullato
event-invitation = Invito
event-answer = Risposta a un invito
event-other-time = Viene proposto un altro orario
event-told = Evento
event-no-title = (senza titolo)
event-begins = Inizio
event-ends = Fine
event-repeats = Ripetizione
event-daily = In giorni; la regola è nel file del calendario
event-weekly = In settimane; la regola è nel file del calendario
event-monthly = In mesi; la regola è nel file del calendario
event-yearly = In anni; la regola è nel file del calendario
event-repeated = Sì; la regola è nel file del calendario
event-where = Luogo
event-host = Da
event-guests = Invitati
event-accepted = accettato
event-declined = rifiutato
event-tentative = forse

## Date

date-day =
    { $weekday ->
         [1] lunedì
         [2] martedì
         [3] mercoledì
         [4] giovedì
         [5] venerdì
         [6] sabato
        *[7] domenica
    } { $day } { $month ->
         [1] gennaio
         [2] febbraio
         [3] marzo
         [4] aprile
         [5] maggio
         [6] giugno
         [7] luglio
         [8] agosto
         [9] settembre
         [10] ottobre
         [11] novembre
        *[12] dicembre
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
