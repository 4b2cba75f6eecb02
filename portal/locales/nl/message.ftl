# De pagina die een bericht toont, en de pagina om af te drukken.

message-title = Beveiligd bericht
message-print = Afdrukweergave
message-save = Bericht opslaan
message-label = Bericht
message-label-nested = Bericht in het bericht
message-frame = Tekst van het bericht
message-no-subject = (geen onderwerp)
message-empty = Dit bericht heeft geen tekst.
message-from = Van
message-to = Aan
message-cc = Kopie
message-date = Datum
message-more =
    { $count ->
        [one] nog { $count }
       *[other] nog { $count }
    }
message-cut = De lijst is langer dan hier kan worden getoond.
message-nested = Bericht in dit bericht:
message-nested-from = , van { $author }
print-how = Gebruik de afdrukopdracht van uw browser om dit bericht af te drukken.

## Bijlagen

attachments = Bijlagen
attachment-view = Bekijken
attachment-view-this = { $name } bekijken
attachment-save = Opslaan
attachment-save-this = { $name } opslaan
attachments-save = Alle als één ZIP-bestand opslaan
attachments-withheld = De afzender van dit bericht staat niet toe dat de bijlagen worden gedownload:
size-bytes =
    { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## Wat de afzender vraagt

asked-title = Wat de afzender u vraagt
asked-no-print = Druk dit bericht alstublieft niet af.
asked-no-forward = Geef dit bericht alstublieft niet door.
asked-hint = Dit zijn verzoeken, geen sloten. Dit portaal biedt er geen mogelijkheid voor, maar niets kan verhinderen dat wordt gekopieerd wat op een scherm staat.

## Wat de lezer moet weten

notice-remote =
    { $count ->
        [one] { $count } afbeelding van dit bericht staat op een andere computer en wordt niet getoond.
       *[other] { $count } afbeeldingen van dit bericht staan op andere computers en worden niet getoond.
    }
notice-remote-tells = Door afbeeldingen te laden verneemt zo'n computer dat u dit bericht hebt geopend, wanneer, en vanaf welk netwerkadres.
notice-remote-load = Afbeeldingen laden
notice-remote-loaded = De afbeeldingen van dit bericht komen van andere computers, die nu weten dat u het hebt geopend.
notice-omitted =
    { $count ->
        [one] { $count } afbeelding is te groot om hier te worden getoond.
       *[other] { $count } afbeeldingen zijn te groot om hier te worden getoond.
    }
notice-too-complex = De opgemaakte versie van dit bericht is te ingewikkeld om veilig te tonen, daarom ziet u de tekst ervan.
notice-cut = Dit bericht is te lang om helemaal te tonen. De volledige tekst staat bij de bijlagen.
notice-pgp = De afzender heeft dit bericht bovendien met PGP versleuteld, voor een sleutel die alleen u hebt. Sla het bericht op, en open het in het programma dat u voor PGP gebruikt.
notice-smime = De afzender heeft dit bericht bovendien met S/MIME versleuteld, voor een certificaat dat alleen u hebt. Sla het bericht op, en open het in het mailprogramma dat uw certificaat heeft.
notice-smime-signed = De afzender heeft dit bericht met S/MIME ondertekend in een vorm die alleen mailprogramma's kunnen lezen. Sla het bericht op, en open het in uw mailprogramma.
notice-signed = De afzender heeft dit bericht ondertekend. De handtekening wordt hier niet gecontroleerd; sla daarvoor het bericht op en open het in uw mailprogramma.
notice-not-opened = Sommige berichten in dit bericht worden hier niet geopend. Sla ze op om ze in een mailprogramma te lezen.
notice-parts = Dit bericht kan hier niet worden getoond, omdat het meer dan 1000 delen heeft. U kunt het opslaan en in een mailprogramma openen.
notice-depth = Dit bericht kan hier niet worden getoond, omdat de delen te diep in elkaar zitten. U kunt het opslaan en in een mailprogramma openen.
notice-header = Dit bericht kan hier niet worden getoond, omdat een kop erin te lang is. U kunt het opslaan en in een mailprogramma openen.
notice-unsaved-closed = Alleen een ander programma zou dit bericht kunnen tonen, en de afzender staat niet toe dat het wordt opgeslagen. Vraag de afzender om een andere manier om het te lezen.
notice-unsaved-cut = Dit bericht is te lang om helemaal te tonen, en de afzender staat niet toe dat het wordt opgeslagen. Vraag de afzender om een andere manier om de rest te lezen.
notice-unsaved-signed = De afzender heeft dit bericht ondertekend. De handtekening wordt hier niet gecontroleerd.
notice-unsaved-nested = Sommige berichten in dit bericht worden hier niet geopend, en de afzender staat niet toe dat ze worden opgeslagen.

## Afspraken

event = Afspraak
event-cancelled = Deze afspraak is afgezegd
event-invitation = Uitnodiging
event-answer = Antwoord op een uitnodiging
event-other-time = Er wordt een andere tijd voorgesteld
event-told = Afspraak
event-no-title = (geen titel)
event-begins = Begin
event-ends = Einde
event-repeats = Herhaling
event-daily = In dagen; de regel staat in het agendabestand
event-weekly = In weken; de regel staat in het agendabestand
event-monthly = In maanden; de regel staat in het agendabestand
event-yearly = In jaren; de regel staat in het agendabestand
event-repeated = Ja; de regel staat in het agendabestand
event-where = Waar
event-host = Van
event-guests = Gasten
event-accepted = komt
event-declined = komt niet
event-tentative = misschien

## Datums

date-day =
    { $weekday ->
         [1] maandag
         [2] dinsdag
         [3] woensdag
         [4] donderdag
         [5] vrijdag
         [6] zaterdag
        *[7] zondag
    } { $day } { $month ->
         [1] januari
         [2] februari
         [3] maart
         [4] april
         [5] mei
         [6] juni
         [7] juli
         [8] augustus
         [9] september
         [10] oktober
         [11] november
        *[12] december
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
