# Die eigenen Mails des Portals. Zeilen werden gesendet, wie sie hier stehen: kürzer als 76 Zeichen.

passcode-mail-subject = Ihr Einmalcode zum Lesen einer geschützten Nachricht (Referenz { $reference })
passcode-mail-subject-with = { $passcode } ist Ihr Einmalcode zum Lesen einer geschützten Nachricht (Referenz { $reference })
passcode-mail-before =
    Sie möchten eine geschützte Nachricht lesen.
    Dies ist Ihr Einmalcode:
passcode-mail-after =
    Geben Sie ihn auf der Seite ein, die dieselbe Referenz zeigt: { $reference }
    Er gilt { $minutes ->
        [one] eine Minute
       *[other] { $minutes } Minuten
    } lang, ein einziges Mal und nur auf dieser Seite.

    Geben Sie ihn nie weiter: Niemand hat einen Grund, Sie danach zu fragen.

    Sie haben keinen Einmalcode angefordert? Dann ignorieren Sie diese Mail.
    Ohne den Einmalcode kann niemand die Nachricht lesen.
