# Een bericht beantwoorden: de pagina waarop wordt geschreven, en die daarna.

answer-reply = Beantwoorden
answer-reply-all = Allen beantwoorden
answer-forward = Doorsturen
answer-forward-participants = Dit bericht mag alleen worden doorgestuurd naar de afzender en naar de ontvangers die erin staan.
answer-forward-domains = Dit bericht mag worden doorgestuurd naar adressen bij { $domains }, naar de afzender en naar de ontvangers die erin staan.
answer-subject = Onderwerp
answer-text = Bericht
answer-files-hint =
    { $files ->
        [one] Ten hoogste één bestand, ten hoogste { $size }.
       *[other] Ten hoogste { $files } bestanden, samen ten hoogste { $size }.
    }
answer-original = Het bericht zelf met zijn bijlagen meesturen
answer-copy = Mij een kopie sturen
answer-send = Verzenden
answer-back = Terug naar het bericht
answer-hint = Uw bericht is beschermd: ontvangers buiten de organisatie krijgen het zoals u het uwe hebt gekregen.

## Waarmee de tekst begint

answer-quoted = { $author } schreef ({ $date }):
answer-quoted-without-date = { $author } schreef:
answer-forwarded = Doorgestuurd bericht

## Waarom het niet is verzonden

answer-not-sent = Uw bericht is niet verzonden.
answer-files-again = Als u bestanden had bijgevoegd, kies ze dan opnieuw.
answer-later = Niets van wat u hebt geschreven is verloren. Wacht een minuut en ga dan verder.
answer-go-on = Verder
answer-fault-no-address = Typ het adres van iemand die het bericht moet krijgen.
answer-fault-nobody = Kies ten minste één persoon die het bericht moet krijgen.
answer-fault-address = Wat u hebt getypt, zijn geen adressen zoals naam@example.org, met komma's ertussen.
answer-fault-not-allowed = Dit bericht mag niet naar een van deze adressen worden doorgestuurd.
answer-fault-recipients = Dat zijn meer ontvangers dan een bericht mag hebben.
answer-fault-empty = Er staat nog niets in uw bericht.
answer-fault-text = Uw tekst is te lang.
answer-fault-files =
    { $files ->
        [one] U kunt ten hoogste één bestand bijvoegen.
       *[other] U kunt ten hoogste { $files } bestanden bijvoegen.
    }
answer-fault-file-bytes = De bijlagen mogen samen ten hoogste { $size } groot zijn.
answer-fault-too-many =
    { $minutes ->
        [one] U hebt in korte tijd veel berichten verzonden. Probeer het over een minuut opnieuw.
       *[other] U hebt in korte tijd veel berichten verzonden. Probeer het over { $minutes } minuten opnieuw.
    }
answer-fault-busy = Het portaal heeft het erg druk. Probeer het over een minuut opnieuw.
answer-fault-unavailable = Uw bericht kan nu niet worden verzonden. Probeer het over enkele minuten opnieuw.
answer-fault-unsure = De mailserver heeft niet laten weten of hij uw bericht heeft aangenomen. Misschien is het verzonden. Als u het opnieuw verzendt, komt het mogelijk twee keer aan.
answer-fault-under-way = Uw bericht wordt op dit moment verzonden. Wacht even en druk nog eens op ‘Verzenden’: dan ziet u wat ervan geworden is.
answer-fault-sent-other = Vanaf deze pagina is al een bericht verzonden. Wat u nu hebt geschreven, wijkt daarvan af: druk op ‘Verzenden’ als het ook verzonden moet worden.
answer-fault-refused = De mailserver weigert uw bericht. Antwoord op een andere manier als dat nog eens gebeurt.

## De pagina daarna

sent-title = Uw bericht is verzonden
sent-before = Dit bericht was al verzonden en is niet nog eens verzonden.
sent-to = Het ging naar:
sent-copy = Er is een kopie naar u onderweg.
