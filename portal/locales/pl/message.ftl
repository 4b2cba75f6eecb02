# Strona, która pokazuje wiadomość, i strona do druku.

message-title = Chroniona wiadomość
message-print = Widok do druku
message-save = Zapisz wiadomość
message-label = Wiadomość
message-label-nested = Wiadomość w wiadomości
message-frame = Treść wiadomości
message-no-subject = (bez tematu)
message-empty = Ta wiadomość nie ma treści.
message-from = Od
message-to = Do
message-cc = Kopia
message-date = Data
message-more =
    { $count ->
        [one] jeszcze { $count }
        [few] jeszcze { $count }
        [many] jeszcze { $count }
       *[other] jeszcze { $count }
    }
message-cut = Lista jest dłuższa, niż można tu pokazać.
message-nested = Wiadomość w tej wiadomości:
message-nested-from = , od: { $author }
print-how = Aby wydrukować tę wiadomość, proszę użyć polecenia drukowania w przeglądarce.

## Załączniki

attachments = Załączniki
attachment-view = Pokaż
attachment-view-this = Pokaż { $name }
attachment-save = Zapisz
attachment-save-this = Zapisz { $name }
attachments-save = Zapisz wszystkie jako jeden plik ZIP
attachments-withheld = Nadawca tej wiadomości nie pozwala pobierać jej załączników:
size-bytes =
    { $bytes ->
        [one] { $bytes } bajt
        [few] { $bytes } bajty
        [many] { $bytes } bajtów
       *[other] { $bytes } bajtu
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## O co prosi nadawca

asked-title = O co prosi nadawca
asked-no-print = Proszę nie drukować tej wiadomości.
asked-no-forward = Proszę nie przekazywać tej wiadomości dalej.
asked-hint = To prośby, a nie zamki. Ten portal nie daje takiej możliwości, ale nic nie powstrzyma skopiowania tego, co widać na ekranie.

## Co warto wiedzieć

notice-remote =
    { $count ->
        [one] { $count } obraz tej wiadomości znajduje się na innym komputerze i nie jest pokazany.
        [few] { $count } obrazy tej wiadomości znajdują się na innych komputerach i nie są pokazane.
        [many] { $count } obrazów tej wiadomości znajduje się na innych komputerach i nie jest pokazanych.
       *[other] { $count } obrazu tej wiadomości znajduje się na innych komputerach i nie jest pokazane.
    }
notice-remote-tells = Wczytanie obrazów zdradza tym komputerom, że wiadomość otwarto, kiedy i z jakiego adresu sieciowego.
notice-remote-load = Wczytaj obrazy
notice-remote-loaded = Obrazy tej wiadomości pochodzą z innych komputerów, które teraz wiedzą, że ją otwarto.
notice-omitted =
    { $count ->
        [one] { $count } obraz jest za duży, aby go tu pokazać.
        [few] { $count } obrazy są za duże, aby je tu pokazać.
        [many] { $count } obrazów jest za dużych, aby je tu pokazać.
       *[other] { $count } obrazu jest za duże, aby je tu pokazać.
    }
notice-too-complex = Sformatowana wersja tej wiadomości jest zbyt złożona, aby bezpiecznie ją pokazać, dlatego widać sam tekst.
notice-cut = Ta wiadomość jest za długa, aby pokazać ją w całości. Pełny tekst jest wśród załączników.
notice-pgp = Nadawca dodatkowo zaszyfrował tę wiadomość za pomocą PGP, kluczem, który ma tylko odbiorca. Proszę zapisać wiadomość i otworzyć ją w programie używanym do PGP.
notice-smime = Nadawca dodatkowo zaszyfrował tę wiadomość za pomocą S/MIME, dla certyfikatu, który ma tylko odbiorca. Proszę zapisać wiadomość i otworzyć ją w programie pocztowym, który ma ten certyfikat.
notice-smime-signed = Nadawca podpisał tę wiadomość za pomocą S/MIME w postaci, którą odczytują tylko programy pocztowe. Proszę zapisać wiadomość i otworzyć ją w programie pocztowym.
notice-signed = Nadawca podpisał tę wiadomość. Podpis nie jest tu sprawdzany; aby go sprawdzić, proszę zapisać wiadomość i otworzyć ją w programie pocztowym.
notice-not-opened = Niektóre wiadomości w tej wiadomości nie są tu otwierane. Aby je odczytać, proszę zapisać je i otworzyć w programie pocztowym.
notice-parts = Tej wiadomości nie można tu pokazać, ponieważ ma ponad 1000 części. Można ją zapisać i otworzyć w programie pocztowym.
notice-depth = Tej wiadomości nie można tu pokazać, ponieważ jej części są zagnieżdżone zbyt głęboko. Można ją zapisać i otworzyć w programie pocztowym.
notice-header = Tej wiadomości nie można tu pokazać, ponieważ jeden z jej nagłówków jest za długi. Można ją zapisać i otworzyć w programie pocztowym.
notice-unsaved-closed = Tę wiadomość mógłby wyświetlić tylko inny program, a nadawca nie zezwala na jej zapisanie. Prosimy zapytać nadawcę o inny sposób jej przeczytania.
notice-unsaved-cut = Ta wiadomość jest za długa, aby pokazać ją w całości, a nadawca nie zezwala na jej zapisanie. Prosimy zapytać nadawcę o inny sposób przeczytania reszty.
notice-unsaved-signed = Nadawca podpisał tę wiadomość. Podpis nie jest tutaj sprawdzany.
notice-unsaved-nested = Niektóre wiadomości w tej wiadomości nie są tutaj otwierane, a nadawca nie zezwala na ich zapisanie.

## Wydarzenia

event = Wydarzenie w kalendarzu
event-cancelled = To wydarzenie odwołano
event-invitation = Zaproszenie
event-answer = Odpowiedź na zaproszenie
event-other-time = Zaproponowano inny termin
event-told = Wydarzenie
event-no-title = (bez tytułu)
event-begins = Początek
event-ends = Koniec
event-repeats = Powtarzanie
event-daily = W dniach; reguła jest w pliku kalendarza
event-weekly = W tygodniach; reguła jest w pliku kalendarza
event-monthly = W miesiącach; reguła jest w pliku kalendarza
event-yearly = W latach; reguła jest w pliku kalendarza
event-repeated = Tak; reguła jest w pliku kalendarza
event-where = Miejsce
event-host = Od
event-guests = Goście
event-accepted = przyjęto
event-declined = odrzucono
event-tentative = być może

## Daty

date-day =
    { $weekday ->
         [1] poniedziałek
         [2] wtorek
         [3] środa
         [4] czwartek
         [5] piątek
         [6] sobota
        *[7] niedziela
    }, { $day } { $month ->
         [1] stycznia
         [2] lutego
         [3] marca
         [4] kwietnia
         [5] maja
         [6] czerwca
         [7] lipca
         [8] sierpnia
         [9] września
         [10] października
         [11] listopada
        *[12] grudnia
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
