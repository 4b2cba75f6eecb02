# Le e-mail del portale. Le righe vengono inviate così come sono: meno di 76 caratteri.

passcode-mail-subject = Il Suo codice per leggere un messaggio protetto (riferimento { $reference })
passcode-mail-subject-with = { $passcode } è il Suo codice per leggere un messaggio protetto (riferimento { $reference })
passcode-mail-before =
    Ha chiesto di leggere un messaggio protetto.
    Questo è il Suo codice monouso:
passcode-mail-after =
    Lo scriva nella pagina che mostra lo stesso riferimento: { $reference }
    Vale { $minutes ->
        [one] { $minutes } minuto
       *[other] { $minutes } minuti
    }, una sola volta, e solo in quella pagina.

    Non lo comunichi mai: nessuno ha motivo di chiederglielo.

    Non ha chiesto alcun codice? Allora ignori questa e-mail.
    Senza il codice nessuno può leggere il messaggio.
