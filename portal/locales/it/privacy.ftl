# What the portal keeps, and what others learn.
privacy-link = Privacy
privacy-title = Privacy
privacy-updated = Ultimo aggiornamento: { $date }
privacy-controller = Questo portale è gestito da: { $controller }
privacy-message-title = Il Suo messaggio
privacy-message = Il Suo messaggio si trova, sigillato, nella Sua casella di posta. Questo portale lo apre solo per mostrarglielo e non ne conserva alcuna copia. Il Suo indirizzo, il codice e il messaggio non vengono memorizzati qui.
privacy-kept-title = Che cosa viene conservato, e per quanto tempo
privacy-kept = Tra una pagina e l’altra il portale conserva impronte (calcolate con una chiave segreta) da cui nessuno può risalire all’origine:
privacy-kept-passcode = Quando viene inviato un codice: impronte del cookie del Suo browser, del messaggio, del Suo indirizzo e del codice, finché non lo usa, al massimo { $minutes } min.
privacy-kept-limits = Quando viene richiesto un codice o un accesso: impronte del Suo indirizzo, del messaggio e della Sua rete (indirizzo IP), con l’ora, per { $minutes } min, affinché nessuno possa chiederne senza fine.
privacy-kept-session = Finché ha effettuato l’accesso: impronte del Suo indirizzo e del cookie del Suo browser, fino all’uscita, al massimo { $minutes } min.
privacy-kept-session-longer = Se sceglie di restare collegato: le stesse, al massimo { $hours } h.
privacy-kept-sign-in = Dopo un accesso con un account: un’impronta di quell’accesso, per { $minutes } min, affinché nessuno possa riutilizzarlo.
privacy-kept-known = Dopo l’uso di un codice: impronte del cookie del Suo browser e del Suo indirizzo, per { $days } giorni, affinché nessun altro possa esaurire i codici che può richiedere.
privacy-kept-revoked = Quando un mittente ritira un messaggio: un’impronta di quel messaggio, finché non torna leggibile.
privacy-kept-backups = Le copie di sicurezza della base di dati contengono le stesse impronte più a lungo.
privacy-cookies-title = Cookie
privacy-cookies = Il portale usa solo i cookie necessari per ciò che Lei gli chiede. Nessuno di essi La segue su altri siti.
privacy-cookie-browser =
    { $days ->
        [0] lega i codici al Suo browser finché non lo chiude
       *[kept] lega i codici al Suo browser: per { $days } giorni dopo averne usato uno, altrimenti finché non chiude il browser
    }
privacy-cookie-session =
    { $hours ->
        [0] mantengono l’accesso finché non esce o non chiude il browser
       *[kept] mantengono l’accesso finché non esce o non chiude il browser, oppure per { $hours } h se lo sceglie
    }
privacy-cookie-sign-in = tiene il Suo posto mentre accede con un account, per { $minutes } min
privacy-cookie-language = ricorda per un anno la lingua che ha scelto
privacy-browser = Mentre accede con un account, il messaggio sigillato attende nel Suo browser fino al Suo ritorno. Se non torna, viene rimosso la prossima volta che legge qui un messaggio, non prima di un’ora.
privacy-log-title = Registro e cifre
privacy-log = Per ogni pagina il portale annota di che tipo era, com’è finita e quanto è durata: nessun indirizzo di posta, nessun indirizzo IP, nulla del messaggio. Il server web che gli sta davanti può tenere un proprio registro.
privacy-figures = Il portale conta, giorno per giorno, quanti messaggi sono stati letti, in quali modi si è effettuato l’accesso, quali tipi di browser sono stati usati e quali errori si sono verificati. In queste cifre non si può riconoscere nessuno. Sono conservate per { $days } giorni, e i numeri inferiori a { $smallest } non vengono mostrati.
privacy-others-title = Che cosa vengono a sapere altri
privacy-others-mail = Il codice Le viene inviato per posta elettronica, attraverso i server di posta di questa organizzazione e del Suo fornitore.
privacy-others-pictures = Le immagini che si trovano su altri computer vengono caricate solo se Lei lo chiede. Chi gestisce quei computer viene allora a conoscere il Suo indirizzo IP e il fatto che sta leggendo il messaggio.
privacy-others-providers = Se accede con un account ({ $providers }), quel servizio viene a sapere che usa questo portale, e quando, ma non quale messaggio legge. Comunica al portale il Suo indirizzo, di cui si conservano solo le impronte indicate sopra.
privacy-others-hint = A quel servizio viene comunicato anche l’indirizzo a cui è stato inviato il messaggio.
privacy-answer = Ciò che scrive in una risposta parte per posta elettronica e non viene conservato qui; una bozza resta nel Suo browser. Per { $minutes } min se ne conserva un’impronta, affinché non venga inviata due volte, e inoltre impronte del Suo indirizzo e della Sua rete (indirizzo IP), con l’ora, affinché nessuno possa inviare senza fine.
