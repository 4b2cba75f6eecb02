# Rispondere a un messaggio: la pagina in cui si scrive e quella successiva.

answer-reply = Rispondi
answer-reply-all = Rispondi a tutti
answer-forward = Inoltra
answer-forward-participants = Questo messaggio può essere inoltrato solo al suo autore e ai destinatari che nomina.
answer-forward-domains = Questo messaggio può essere inoltrato a indirizzi di { $domains }, al suo autore e ai destinatari che nomina.
answer-subject = Oggetto
answer-text = Messaggio
answer-files-hint =
    { $files ->
        [one] Al massimo un file, al massimo { $size }.
       *[other] Al massimo { $files } file, { $size } in tutto.
    }
answer-original = Allega il messaggio stesso, con i suoi allegati
answer-copy = Inviami una copia
answer-send = Invia
answer-back = Torna al messaggio
answer-hint = Il Suo messaggio è protetto: i destinatari esterni all'organizzazione lo ricevono come Lei ha ricevuto il Suo.

## L'inizio del testo

answer-quoted = { $author } ha scritto ({ $date }):
answer-quoted-without-date = { $author } ha scritto:
answer-forwarded = Messaggio inoltrato

## Perché non è stato inviato

answer-not-sent = Il Suo messaggio non è stato inviato.
answer-files-again = Se aveva allegato dei file, li scelga di nuovo.
answer-later = Nulla di ciò che ha scritto è andato perso. Attenda un minuto, poi continui.
answer-go-on = Continua
answer-fault-no-address = Scriva l'indirizzo di qualcuno che deve ricevere il messaggio.
answer-fault-nobody = Scelga almeno una persona che deve ricevere il messaggio.
answer-fault-address = Ciò che ha scritto non è un elenco di indirizzi come nome@example.org, separati da virgole.
answer-fault-not-allowed = Questo messaggio non può essere inoltrato a uno di questi indirizzi.
answer-fault-recipients = I destinatari sono più di quanti un messaggio possa averne.
answer-fault-empty = Il Suo messaggio è ancora vuoto.
answer-fault-text = Il Suo testo è troppo lungo.
answer-fault-files =
    { $files ->
        [one] Può allegare al massimo un file.
       *[other] Può allegare al massimo { $files } file.
    }
answer-fault-file-bytes = Gli allegati non possono superare { $size } in tutto.
answer-fault-too-many =
    { $minutes ->
        [one] Ha inviato molti messaggi in poco tempo. Riprovi tra un minuto.
       *[other] Ha inviato molti messaggi in poco tempo. Riprovi tra { $minutes } minuti.
    }
answer-fault-busy = Il portale è molto occupato. Riprovi tra un minuto.
answer-fault-unavailable = Il Suo messaggio non può essere inviato ora. Riprovi tra qualche minuto.
answer-fault-unsure = Il server di posta non ha detto se ha accettato il Suo messaggio. Potrebbe essere stato inviato. Se lo invia di nuovo, può arrivare due volte.
answer-fault-under-way = Il Suo messaggio è in corso di invio. Attenda un momento e prema di nuovo «Invia»: vedrà allora che cosa ne è stato.
answer-fault-sent-other = Da questa pagina è già stato inviato un messaggio. Ciò che ha scritto ora è diverso: prema «Invia» se deve essere inviato anche questo.
answer-fault-refused = Il server di posta rifiuta il Suo messaggio. Se succede di nuovo, risponda in un altro modo.

## La pagina successiva

sent-title = Il Suo messaggio è stato inviato
sent-before = Questo messaggio era già stato inviato e non è stato inviato di nuovo.
sent-to = È stato inviato a:
sent-copy = Riceverà una copia.
