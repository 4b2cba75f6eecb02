# Le pagine attorno a un messaggio.

## Su ogni pagina

footer = Questo portale non conserva messaggi. Dimentica il Suo non appena questa pagina è stata inviata.
language = Lingua
language-change = Cambia
sign-out = Esci
signed-out = La sessione è terminata
    .body = Chiuda questa finestra e, su un computer usato anche da altri, l'intero browser.

## La pagina iniziale, e il modulo per un file

start-title = Leggere un messaggio protetto
start-choose = L'e-mail che ha ricevuto ha un allegato, { $file }. Scelga qui quel file, oppure lo trascini sul campo.
start-no-script = È arrivato qui da un link nell'e-mail? Funziona solo con JavaScript, che nel Suo browser è disattivato. Apra invece l'allegato { $file } della stessa e-mail, oppure lo scelga qui sopra: così funziona senza.
file-label = Il file message.html, o l'e-mail salvata
file-open = Apri il messaggio

## La pagina che chiede una prova

prove-title = Questo messaggio è per Lei?
prove-one = Questo messaggio può essere letto solo dalla persona a cui è stato inviato. Dimostri, per favore, di essere quella persona.
prove-several = Questo messaggio può essere letto solo dalle persone a cui è stato inviato. Dimostri, per favore, di essere una di loro.
prove-signed-out = Il Suo accesso è scaduto. Dimostri di nuovo il Suo indirizzo, per favore.
prove-other-address = Ha effettuato l'accesso con un indirizzo a cui questo messaggio non è stato inviato. Dimostri l'indirizzo a cui lo ha ricevuto, oppure acceda con un altro account.
prove-other-way = Ha effettuato l'accesso, ma il mittente di questo messaggio chiede un'altra prova del Suo indirizzo.
prove-sign-in = Accedi con { $provider }
prove-too-many =
    { $minutes ->
        [one] Non è stato inviato alcun codice: ne sono stati richiesti troppi. Potrà richiederne uno fra un minuto.
       *[other] Non è stato inviato alcun codice: ne sono stati richiesti troppi. Potrà richiederne uno fra { $minutes } minuti.
    }
prove-too-many-account = Può anche accedere subito con un account.
prove-or-passcode = Oppure con un codice monouso
prove-or-account = Oppure con un account
prove-which-account = Se uno di questi account ha l'indirizzo a cui ha ricevuto il messaggio, può accedere con quello.
prove-passcode-one = Inviamo un codice monouso all'indirizzo a cui è stato inviato il messaggio; Lei lo scrive nella pagina successiva.
prove-passcode-several = Scriva l'indirizzo a cui ha ricevuto il messaggio. Inviamo un codice monouso a quell'indirizzo; Lei lo scrive nella pagina successiva.
prove-no-address = Scriva un indirizzo completo, come name@example.org.
prove-address = Il Suo indirizzo e-mail
prove-send = Invia un codice
prove-keep =
    { $hours ->
        [one] Dopo l'accesso con un account, mantieni l'accesso su questo computer per { $hours } ora
       *[other] Dopo l'accesso con un account, mantieni l'accesso su questo computer per { $hours } ore
    }

## La pagina che chiede il codice

passcode-title = Scriva il Suo codice
passcode-sent = Un'e-mail con un codice è in viaggio verso l'indirizzo a cui è stato inviato questo messaggio.
passcode-sent-to = Se { $address } è uno degli indirizzi a cui è stato inviato questo messaggio, un'e-mail con un codice è in viaggio verso quell'indirizzo.
passcode-reference = Porta il riferimento { $reference }.
passcode-minutes =
    { $minutes ->
        [one] Il codice vale { $minutes } minuto.
       *[other] Il codice vale { $minutes } minuti.
    }
passcode-wrong = Questo codice è sbagliato, o non vale più. Lo scriva di nuovo, oppure ne faccia inviare un altro.
passcode-missing = Scriva il codice che si trova nell'e-mail: ha 8 cifre.
passcode-label = Codice (8 cifre)
passcode-keep =
    { $hours ->
        [one] Mantieni l'accesso su questo computer per { $hours } ora
       *[other] Mantieni l'accesso su questo computer per { $hours } ore
    }
passcode-read = Leggi il messaggio
passcode-again = Invia un nuovo codice
passcode-too-many =
    { $minutes ->
        [one] Non è stato inviato alcun altro codice: ne sono stati richiesti troppi. Quelli che ha già restano validi fino alla loro scadenza. Potrà richiederne un altro fra un minuto.
       *[other] Non è stato inviato alcun altro codice: ne sono stati richiesti troppi. Quelli che ha già restano validi fino alla loro scadenza. Potrà richiederne un altro fra { $minutes } minuti.
    }
passcode-help-title = Nessuna e-mail dopo due minuti?
passcode-help-junk = Cerchi nella cartella della posta indesiderata un’e-mail da { $from }.
passcode-help-quarantine = Al lavoro, un filtro può trattenere l’e-mail in quarantena: guardi lì, o chieda a chi gestisce la Sua posta di lasciar passare le e-mail da questo indirizzo.
passcode-help-address = { $address } è proprio l’indirizzo al quale ha ricevuto il messaggio? Se non lo è, torni indietro e inserisca quello giusto.
passcode-help-again = Si faccia inviare un nuovo codice. Se arrivano più e-mail, il codice di ognuna è valido.
passcode-help-tries = Un codice errato può essere inserito solo poche volte.

## Accedere presso un servizio

departure-title = Accesso
departure-heading = Accesso con { $provider }
departure-text = Verrà portato a { $provider }, e tornerà qui dopo l'accesso.
departure-go = Continua verso { $provider }
signed-in-title = Ha effettuato l'accesso
signed-in-opening = Il Suo messaggio viene aperto.
signed-in-again = Torni all'e-mail, apra ancora una volta il suo allegato { $file } e prema il pulsante che contiene: il messaggio si apre subito. Oppure scelga qui il file.
not-signed-in-title = Non ha effettuato l'accesso
not-signed-in-text = Per leggere un messaggio, apra l'allegato { $file } dell'e-mail che L'ha portata qui, e prema il pulsante che contiene.
