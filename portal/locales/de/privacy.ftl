# What the portal keeps, and what others learn.
privacy-link = Datenschutz
privacy-title = Datenschutz
privacy-updated = Stand: { $date }
privacy-controller = Dieses Portal wird betrieben von: { $controller }
privacy-message-title = Ihre Nachricht
privacy-message = Ihre Nachricht liegt versiegelt in Ihrem eigenen Postfach. Dieses Portal öffnet sie nur, um sie Ihnen zu zeigen, und behält keine Kopie. Ihre Mailadresse, Ihr Einmalcode und die Nachricht werden hier nirgends gespeichert.
privacy-kept-title = Was gespeichert wird, und wie lange
privacy-kept = Zwischen zwei Seiten bewahrt das Portal Kennwerte (Prüfsummen mit geheimem Schlüssel) auf, aus denen niemand zurückgewinnen kann, woraus sie gebildet wurden:
privacy-kept-passcode = Wenn ein Einmalcode verschickt wird: Kennwerte des Cookies Ihres Browsers, der Nachricht, Ihrer Adresse und des Einmalcodes, bis Sie ihn verwenden, höchstens { $minutes } min.
privacy-kept-limits = Wenn ein Einmalcode oder eine Anmeldung angefordert wird: Kennwerte Ihrer Adresse, der Nachricht und Ihres Netzes (IP-Adresse) und der Zeitpunkt, für { $minutes } min, damit niemand endlos anfordern kann.
privacy-kept-session = Solange Sie angemeldet sind: Kennwerte Ihrer Adresse und des Cookies Ihres Browsers, bis Sie sich abmelden, höchstens { $minutes } min.
privacy-kept-session-longer = Wenn Sie angemeldet bleiben möchten: dieselben, höchstens { $hours } h.
privacy-kept-sign-in = Nachdem Sie sich mit einem Konto angemeldet haben: ein Kennwert dieser Anmeldung, für { $minutes } min, damit niemand sie noch einmal verwenden kann.
privacy-kept-known = Nachdem Sie einen Einmalcode verwendet haben: Kennwerte des Cookies Ihres Browsers und Ihrer Adresse, { $days } Tage lang, damit niemand sonst die Einmalcodes aufbrauchen kann, die Sie anfordern dürfen.
privacy-kept-revoked = Wenn ein Absender eine Nachricht zurückzieht: ein Kennwert dieser Nachricht, bis sie wieder freigegeben wird.
privacy-kept-backups = Sicherungskopien der Datenbank enthalten dieselben Kennwerte länger.
privacy-cookies-title = Cookies
privacy-cookies = Das Portal setzt nur Cookies, die für das nötig sind, was Sie von ihm möchten. Keines davon folgt Ihnen auf andere Seiten.
privacy-cookie-browser =
    { $days ->
        [0] bindet Einmalcodes an Ihren Browser, bis Sie ihn schließen
       *[kept] bindet Einmalcodes an Ihren Browser: { $days } Tage lang, nachdem Sie einen verwendet haben, sonst bis Sie den Browser schließen
    }
privacy-cookie-session =
    { $hours ->
        [0] halten Sie angemeldet, bis Sie sich abmelden oder den Browser schließen
       *[kept] halten Sie angemeldet, bis Sie sich abmelden oder den Browser schließen, oder { $hours } h lang, wenn Sie das wählen
    }
privacy-cookie-sign-in = hält Ihren Platz, während Sie sich mit einem Konto anmelden, für { $minutes } min
privacy-cookie-language = merkt sich für ein Jahr die Sprache, die Sie gewählt haben
privacy-browser = Während Sie sich mit einem Konto anmelden, wartet die versiegelte Nachricht in Ihrem eigenen Browser, bis Sie zurück sind. Kommen Sie nicht zurück, wird sie dort entfernt, wenn Sie hier das nächste Mal eine Nachricht lesen, frühestens nach einer Stunde.
privacy-log-title = Protokoll und Zahlen
privacy-log = Zu jeder Seite hält das Portal fest, welche Art Seite es war, wie es ausging und wie lange es dauerte: keine Mailadresse, keine IP-Adresse, nichts aus der Nachricht. Der Webserver davor kann ein eigenes Protokoll führen.
privacy-figures = Das Portal zählt Tag für Tag, wie viele Nachrichten angesehen wurden, auf welche Weise sich Lesende angemeldet haben, welche Arten von Browsern sie verwendet haben und welche Fehler auftraten. In diesen Zahlen ist niemand zu erkennen. Sie werden { $days } Tage aufbewahrt, und Zahlen unter { $smallest } werden nicht gezeigt.
privacy-others-title = Was andere erfahren
privacy-others-mail = Ein Einmalcode wird Ihnen per Mail geschickt, über die Mailserver dieser Organisation und Ihres eigenen Mailanbieters.
privacy-others-pictures = Bilder auf anderen Rechnern werden nur geladen, wenn Sie das wünschen. Wer diese Rechner betreibt, erfährt dann Ihre IP-Adresse, und dass Sie die Nachricht lesen.
privacy-others-providers = Wenn Sie sich mit einem Konto anmelden ({ $providers }), erfährt dieser Dienst, dass und wann Sie dieses Portal benutzen, nicht aber, welche Nachricht Sie lesen. Er nennt dem Portal Ihre Adresse, von der nur die oben genannten Kennwerte gespeichert werden.
privacy-others-hint = Diesem Dienst wird auch die Adresse genannt, an die die Nachricht gesendet wurde.
privacy-answer = Was Sie in einer Antwort schreiben, geht als Mail hinaus und wird hier nicht gespeichert; ein Entwurf bleibt in Ihrem eigenen Browser. Ein Kennwert davon wird { $minutes } min aufbewahrt, damit sie nicht doppelt gesendet wird, und ebenso lange Kennwerte Ihrer Adresse und Ihres Netzes (IP-Adresse) mit dem Zeitpunkt, damit niemand endlos senden kann.
