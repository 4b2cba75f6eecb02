# Die Seiten um eine Nachricht herum.

## Auf jeder Seite

footer = Dieses Portal bewahrt keine Nachrichten auf. Es vergisst Ihre, sobald diese Seite gesendet ist.
language = Sprache
language-change = Wechseln
sign-out = Abmelden
signed-out = Sie sind abgemeldet
    .body = Schließen Sie dieses Fenster, und an einem Computer, den auch andere benutzen, den ganzen Browser.

## Die Startseite und das Formular für eine Datei

start-title = Eine geschützte Nachricht lesen
start-choose = Die E-Mail, die Sie erhalten haben, hat einen Anhang, { $file }. Wählen Sie diese Datei hier aus, oder ziehen Sie sie auf das Feld.
start-no-script = Sind Sie über einen Link in der E-Mail hierher gekommen? Das geht nur mit JavaScript, und das ist in Ihrem Browser ausgeschaltet. Öffnen Sie stattdessen den Anhang { $file } derselben E-Mail, oder wählen Sie ihn oben aus: Das geht auch ohne.
file-label = Die Datei message.html oder die gespeicherte E-Mail
file-open = Nachricht öffnen

## Die Seite, die nach einem Nachweis fragt

prove-title = Ist diese Nachricht für Sie?
prove-one = Diese Nachricht kann nur lesen, wem sie gesendet wurde. Bitte weisen Sie nach, dass Sie das sind.
prove-several = Diese Nachricht können nur die lesen, denen sie gesendet wurde. Bitte weisen Sie nach, dass Sie dazugehören.
prove-signed-out = Ihre Anmeldung ist abgelaufen. Bitte weisen Sie Ihre Adresse noch einmal nach.
prove-other-address = Sie sind mit einer Adresse angemeldet, an die diese Nachricht nicht gesendet wurde. Weisen Sie die Adresse nach, an der Sie sie erhalten haben, oder melden Sie sich mit einem anderen Konto an.
prove-other-way = Sie sind angemeldet, aber der Absender dieser Nachricht verlangt einen anderen Nachweis Ihrer Adresse.
prove-sign-in = Mit { $provider } anmelden
prove-too-many =
    { $minutes ->
        [one] Es wurde kein Einmalcode gesendet, da zu viele angefordert wurden. In einer Minute können Sie einen anfordern.
       *[other] Es wurde kein Einmalcode gesendet, da zu viele angefordert wurden. In { $minutes } Minuten können Sie einen anfordern.
    }
prove-too-many-account = Sie können sich auch jetzt mit einem Konto anmelden.
prove-or-passcode = Oder mit einem Einmalcode
prove-or-account = Oder mit einem Konto
prove-which-account = Wenn eines dieser Konten die Adresse hat, an der Sie die Nachricht erhalten haben, können Sie sich damit anmelden.
prove-passcode-one = Wir senden einen Einmalcode an die Adresse, an die die Nachricht gesendet wurde; Sie geben ihn auf der nächsten Seite ein.
prove-passcode-several = Geben Sie die Adresse ein, an der Sie die Nachricht erhalten haben. Wir senden einen Einmalcode an diese Adresse; Sie geben ihn auf der nächsten Seite ein.
prove-no-address = Geben Sie eine vollständige Adresse ein, etwa name@example.org.
prove-address = Ihre E-Mail-Adresse
prove-send = Einmalcode senden
prove-keep =
    { $hours ->
        [one] Nach der Anmeldung mit einem Konto eine Stunde lang an diesem Computer angemeldet bleiben
       *[other] Nach der Anmeldung mit einem Konto { $hours } Stunden lang an diesem Computer angemeldet bleiben
    }

## Die Seite, die nach dem Einmalcode fragt

passcode-title = Geben Sie Ihren Einmalcode ein
passcode-sent = Eine E-Mail mit einem Einmalcode ist unterwegs an die Adresse, an die diese Nachricht gesendet wurde.
passcode-sent-to = Wenn { $address } eine der Adressen ist, an die diese Nachricht gesendet wurde, ist eine E-Mail mit einem Einmalcode dorthin unterwegs.
passcode-reference = Sie trägt die Referenz { $reference }.
passcode-minutes =
    { $minutes ->
        [one] Der Einmalcode gilt eine Minute lang.
       *[other] Der Einmalcode gilt { $minutes } Minuten lang.
    }
passcode-wrong = Dieser Einmalcode ist falsch oder gilt nicht mehr. Geben Sie ihn noch einmal ein, oder lassen Sie sich einen neuen senden.
passcode-missing = Geben Sie den Einmalcode aus der E-Mail ein: Er hat 8 Ziffern.
passcode-label = Einmalcode (8 Ziffern)
passcode-keep =
    { $hours ->
        [one] Eine Stunde lang an diesem Computer angemeldet bleiben
       *[other] { $hours } Stunden lang an diesem Computer angemeldet bleiben
    }
passcode-read = Nachricht lesen
passcode-again = Neuen Einmalcode senden
passcode-too-many =
    { $minutes ->
        [one] Es wurde kein weiterer Einmalcode gesendet, da zu viele angefordert wurden. Die Einmalcodes, die Sie schon haben, gelten weiter, bis ihre Zeit abläuft. In einer Minute können Sie einen neuen anfordern.
       *[other] Es wurde kein weiterer Einmalcode gesendet, da zu viele angefordert wurden. Die Einmalcodes, die Sie schon haben, gelten weiter, bis ihre Zeit abläuft. In { $minutes } Minuten können Sie einen neuen anfordern.
    }
passcode-help-title = Nach zwei Minuten noch keine E-Mail?
passcode-help-junk = Suchen Sie im Spam-Ordner nach einer E-Mail von { $from }.
passcode-help-quarantine = Am Arbeitsplatz kann ein Filter die E-Mail in Quarantäne halten: Sehen Sie dort nach, oder bitten Sie Ihre E-Mail-Betreuung, E-Mails von dieser Adresse durchzulassen.
passcode-help-address = Ist { $address } genau die Adresse, an der Sie die Nachricht erhalten haben? Wenn nicht, gehen Sie zurück und geben Sie jene ein.
passcode-help-again = Lassen Sie sich einen neuen Einmalcode senden. Kommen mehrere E-Mails an, gilt der Einmalcode jeder von ihnen.
passcode-help-tries = Ein falscher Einmalcode kann nur wenige Male eingegeben werden.

## Anmelden bei einem Dienst

departure-title = Anmeldung
departure-heading = Anmeldung mit { $provider }
departure-text = Sie werden zu { $provider } weitergeleitet und kommen hierher zurück, wenn Sie sich angemeldet haben.
departure-go = Weiter zu { $provider }
signed-in-title = Sie sind angemeldet
signed-in-opening = Ihre Nachricht wird geöffnet.
signed-in-again = Gehen Sie zurück zur E-Mail, öffnen Sie ihren Anhang { $file } noch einmal und drücken Sie den Knopf darin: Die Nachricht öffnet sich sofort. Oder wählen Sie die Datei hier aus.
not-signed-in-title = Sie sind nicht angemeldet
not-signed-in-text = Um eine Nachricht zu lesen, öffnen Sie den Anhang { $file } der E-Mail, die Sie hierher geführt hat, und drücken Sie den Knopf darin.
