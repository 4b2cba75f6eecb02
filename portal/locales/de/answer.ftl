# Eine Nachricht beantworten: die Seite, auf der geschrieben wird, und die danach.

answer-reply = Antworten
answer-reply-all = Allen antworten
answer-forward = Weiterleiten
answer-forward-participants = Diese Nachricht darf nur an ihren Verfasser und an die Empfänger weitergeleitet werden, die sie nennt.
answer-forward-domains = Diese Nachricht darf an Adressen unter { $domains }, an ihren Verfasser und an die Empfänger weitergeleitet werden, die sie nennt.
answer-subject = Betreff
answer-text = Nachricht
answer-files-hint =
    { $files ->
        [one] Höchstens eine Datei, höchstens { $size }.
       *[other] Höchstens { $files } Dateien, zusammen höchstens { $size }.
    }
answer-original = Die Nachricht selbst mit ihren Anhängen anhängen
answer-copy = Mir eine Kopie senden
answer-send = Senden
answer-back = Zurück zur Nachricht
answer-hint = Ihre Nachricht ist geschützt: Empfänger außerhalb der Organisation erhalten sie so, wie Sie Ihre erhalten haben.

## Womit der Text beginnt

answer-quoted = { $author } schrieb ({ $date }):
answer-quoted-without-date = { $author } schrieb:
answer-forwarded = Weitergeleitete Nachricht

## Warum sie nicht gesendet wurde

answer-not-sent = Ihre Nachricht wurde nicht gesendet.
answer-files-again = Falls Sie Dateien angehängt hatten, wählen Sie diese bitte noch einmal aus.
answer-later = Nichts, was Sie geschrieben haben, ist verloren. Bitte warten Sie eine Minute, und machen Sie dann weiter.
answer-go-on = Weiter
answer-fault-no-address = Geben Sie die Adresse von jemandem ein, der die Nachricht erhalten soll.
answer-fault-nobody = Wählen Sie mindestens eine Person aus, die die Nachricht erhalten soll.
answer-fault-address = Was Sie eingegeben haben, sind keine Adressen wie name@example.org, mit Kommas dazwischen.
answer-fault-not-allowed = An eine dieser Adressen darf diese Nachricht nicht weitergeleitet werden.
answer-fault-recipients = Das sind mehr Empfänger, als eine Nachricht haben darf.
answer-fault-empty = In Ihrer Nachricht steht noch nichts.
answer-fault-text = Ihr Text ist zu lang.
answer-fault-files =
    { $files ->
        [one] Sie können höchstens eine Datei anhängen.
       *[other] Sie können höchstens { $files } Dateien anhängen.
    }
answer-fault-file-bytes = Die Anhänge dürfen zusammen höchstens { $size } groß sein.
answer-fault-too-many =
    { $minutes ->
        [one] Sie haben in kurzer Zeit viele Nachrichten gesendet. Bitte versuchen Sie es in einer Minute noch einmal.
       *[other] Sie haben in kurzer Zeit viele Nachrichten gesendet. Bitte versuchen Sie es in { $minutes } Minuten noch einmal.
    }
answer-fault-busy = Das Portal ist stark ausgelastet. Bitte versuchen Sie es in einer Minute noch einmal.
answer-fault-unavailable = Ihre Nachricht kann im Moment nicht gesendet werden. Bitte versuchen Sie es in einigen Minuten noch einmal.
answer-fault-unsure = Der Mailserver hat nicht gesagt, ob er Ihre Nachricht angenommen hat. Vielleicht ist sie gesendet. Wenn Sie sie noch einmal senden, kommt sie möglicherweise zweimal an.
answer-fault-under-way = Ihre Nachricht wird gerade gesendet. Bitte warten Sie einen Augenblick, und drücken Sie noch einmal auf „Senden“: Dann sehen Sie, was daraus geworden ist.
answer-fault-sent-other = Von dieser Seite wurde schon eine Nachricht gesendet. Was Sie jetzt geschrieben haben, weicht davon ab: Drücken Sie auf „Senden“, wenn es auch gesendet werden soll.
answer-fault-refused = Der Mailserver nimmt Ihre Nachricht nicht an. Falls das noch einmal geschieht, antworten Sie bitte auf einem anderen Weg.

## Die Seite danach

sent-title = Ihre Nachricht wurde gesendet
sent-before = Diese Nachricht wurde schon gesendet und nicht noch einmal abgeschickt.
sent-to = Sie ging an:
sent-copy = Eine Kopie ist auf dem Weg zu Ihnen.
