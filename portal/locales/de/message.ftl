# Die Seite, die eine Nachricht zeigt, und die Seite zum Drucken.

message-title = Geschützte Nachricht
message-print = Druckansicht
message-save = Nachricht speichern
message-label = Nachricht
message-label-nested = Nachricht in der Nachricht
message-frame = Text der Nachricht
message-no-subject = (kein Betreff)
message-empty = Diese Nachricht hat keinen Text.
message-from = Von
message-to = An
message-cc = Kopie
message-date = Datum
message-more =
    { $count ->
        [one] eine weitere Adresse
       *[other] { $count } weitere Adressen
    }
message-cut = Die Liste ist länger, als hier gezeigt werden kann.
message-nested = Nachricht in dieser Nachricht:
message-nested-from = , von { $author }
print-how = Um diese Nachricht zu drucken, verwenden Sie den Druckbefehl Ihres Browsers.

## Anhänge

attachments = Anhänge
attachment-view = Ansehen
attachment-view-this = { $name } ansehen
attachment-save = Speichern
attachment-save-this = { $name } speichern
attachments-save = Alle als eine ZIP-Datei speichern
attachments-withheld = Der Absender dieser Nachricht erlaubt nicht, ihre Anhänge herunterzuladen:
size-bytes =
    { $bytes ->
        [one] 1 Byte
       *[other] { $bytes } Bytes
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## Worum der Absender bittet

asked-title = Worum der Absender Sie bittet
asked-no-print = Bitte drucken Sie diese Nachricht nicht.
asked-no-forward = Bitte geben Sie diese Nachricht nicht weiter.
asked-hint = Das sind Bitten, keine Sperren. Dieses Portal bietet keinen Weg dazu an, aber nichts kann verhindern, dass kopiert wird, was auf einem Bildschirm steht.

## Was der Leser wissen sollte

notice-remote =
    { $count ->
        [one] Ein Bild dieser Nachricht liegt auf einem anderen Computer und wird nicht gezeigt.
       *[other] { $count } Bilder dieser Nachricht liegen auf anderen Computern und werden nicht gezeigt.
    }
notice-remote-tells = Wer Bilder lädt, verrät jenen Computern, dass er diese Nachricht geöffnet hat, wann, und von welcher Netzwerkadresse.
notice-remote-load = Bilder laden
notice-remote-loaded = Die Bilder dieser Nachricht kommen von anderen Computern, die nun wissen, dass Sie sie geöffnet haben.
notice-omitted =
    { $count ->
        [one] Ein Bild ist zu groß, um hier gezeigt zu werden.
       *[other] { $count } Bilder sind zu groß, um hier gezeigt zu werden.
    }
notice-too-complex = Die formatierte Fassung dieser Nachricht ist zu umfangreich, um sicher gezeigt zu werden; Sie sehen deshalb ihren Text.
notice-cut = Diese Nachricht ist zu lang, um ganz gezeigt zu werden. Der vollständige Text ist unter den Anhängen.
notice-pgp = Der Absender hat diese Nachricht außerdem mit PGP verschlüsselt, für einen Schlüssel, den nur Sie haben. Speichern Sie die Nachricht, und öffnen Sie sie in dem Programm, das Sie für PGP verwenden.
notice-smime = Der Absender hat diese Nachricht außerdem mit S/MIME verschlüsselt, für ein Zertifikat, das nur Sie haben. Speichern Sie die Nachricht, und öffnen Sie sie in dem Mailprogramm, das Ihr Zertifikat hat.
notice-smime-signed = Der Absender hat diese Nachricht mit S/MIME in einer Form signiert, die nur Mailprogramme lesen können. Speichern Sie die Nachricht, und öffnen Sie sie in Ihrem Mailprogramm.
notice-signed = Der Absender hat diese Nachricht signiert. Die Signatur wird hier nicht geprüft; um sie zu prüfen, speichern Sie die Nachricht und öffnen Sie sie in Ihrem Mailprogramm.
notice-not-opened = Einige Nachrichten in dieser Nachricht werden hier nicht geöffnet. Speichern Sie sie, um sie in einem Mailprogramm zu lesen.
notice-parts = Diese Nachricht kann hier nicht gezeigt werden, da sie mehr als 1000 Teile hat. Sie können sie speichern und in einem Mailprogramm öffnen.
notice-depth = Diese Nachricht kann hier nicht gezeigt werden, da ihre Teile zu tief verschachtelt sind. Sie können sie speichern und in einem Mailprogramm öffnen.
notice-header = Diese Nachricht kann hier nicht gezeigt werden, da ein Kopf in ihr zu lang ist. Sie können sie speichern und in einem Mailprogramm öffnen.
notice-unsaved-closed = Nur ein anderes Programm könnte diese Nachricht anzeigen, und der Absender erlaubt nicht, sie zu speichern. Bitte fragen Sie den Absender, wie Sie sie sonst lesen können.
notice-unsaved-cut = Diese Nachricht ist zu lang, um ganz gezeigt zu werden, und der Absender erlaubt nicht, sie zu speichern. Bitte fragen Sie den Absender, wie Sie den Rest sonst lesen können.
notice-unsaved-signed = Der Absender hat diese Nachricht signiert. Die Signatur wird hier nicht geprüft.
notice-unsaved-nested = Einige Nachrichten in dieser Nachricht werden hier nicht geöffnet, und der Absender erlaubt nicht, sie zu speichern.

## Termine

event = Termin
event-cancelled = Dieser Termin ist abgesagt
event-invitation = Einladung
event-answer = Antwort auf eine Einladung
event-other-time = Eine andere Zeit wird vorgeschlagen
event-told = Termin
event-no-title = (ohne Titel)
event-begins = Beginn
event-ends = Ende
event-repeats = Wiederholung
event-daily = In Tagen; die Regel steht in der Kalenderdatei
event-weekly = In Wochen; die Regel steht in der Kalenderdatei
event-monthly = In Monaten; die Regel steht in der Kalenderdatei
event-yearly = In Jahren; die Regel steht in der Kalenderdatei
event-repeated = Ja; die Regel steht in der Kalenderdatei
event-where = Ort
event-host = Von
event-guests = Gäste
event-accepted = zugesagt
event-declined = abgesagt
event-tentative = vielleicht

## Zeitpunkte

date-day =
    { $weekday ->
         [1] Montag
         [2] Dienstag
         [3] Mittwoch
         [4] Donnerstag
         [5] Freitag
         [6] Samstag
        *[7] Sonntag
    }, { $day }. { $month ->
         [1] Januar
         [2] Februar
         [3] März
         [4] April
         [5] Mai
         [6] Juni
         [7] Juli
         [8] August
         [9] September
         [10] Oktober
         [11] November
        *[12] Dezember
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
