# Odpowiadanie na wiadomość: strona, na której się pisze, i następna.

answer-reply = Odpowiedz
answer-reply-all = Odpowiedz wszystkim
answer-forward = Przekaż dalej
answer-forward-participants = Tę wiadomość wolno przekazać tylko jej autorowi i wymienionym w niej odbiorcom.
answer-forward-domains = Tę wiadomość wolno przekazać na adresy w { $domains }, jej autorowi i wymienionym w niej odbiorcom.
answer-subject = Temat
answer-text = Wiadomość
answer-files-hint =
    { $files ->
        [one] Najwyżej jeden plik, najwyżej { $size }.
        [few] Najwyżej { $files } pliki, łącznie { $size }.
        [many] Najwyżej { $files } plików, łącznie { $size }.
       *[other] Najwyżej { $files } pliku, łącznie { $size }.
    }
answer-original = Dołącz samą wiadomość wraz z jej załącznikami
answer-copy = Wyślij kopię do mnie
answer-send = Wyślij
answer-back = Wróć do wiadomości
answer-hint = Wiadomość jest chroniona: odbiorcy spoza organizacji otrzymują ją tak samo, jak została otrzymana ta, na którą jest odpowiedź.

## Początek tekstu

answer-quoted = { $author } ({ $date }):
answer-quoted-without-date = { $author }:
answer-forwarded = Przekazana wiadomość

## Dlaczego nie została wysłana

answer-not-sent = Wiadomość nie została wysłana.
answer-files-again = Jeśli były dołączone pliki, trzeba wybrać je ponownie.
answer-later = Nic z napisanego tekstu nie przepadło. Proszę poczekać minutę, a potem kontynuować.
answer-go-on = Dalej
answer-fault-no-address = Proszę podać adres osoby, która ma otrzymać wiadomość.
answer-fault-nobody = Proszę wybrać co najmniej jedną osobę, która ma otrzymać wiadomość.
answer-fault-address = Wpisany tekst nie jest listą adresów takich jak nazwa@example.org, oddzielonych przecinkami.
answer-fault-not-allowed = Tej wiadomości nie wolno przekazać na jeden z tych adresów.
answer-fault-recipients = To więcej odbiorców, niż może mieć jedna wiadomość.
answer-fault-empty = Wiadomość jest jeszcze pusta.
answer-fault-text = Tekst jest za długi.
answer-fault-files =
    { $files ->
        [one] Można dołączyć najwyżej jeden plik.
        [few] Można dołączyć najwyżej { $files } pliki.
        [many] Można dołączyć najwyżej { $files } plików.
       *[other] Można dołączyć najwyżej { $files } pliku.
    }
answer-fault-file-bytes = Załączniki mogą mieć łącznie najwyżej { $size }.
answer-fault-too-many =
    { $minutes ->
        [one] W krótkim czasie wysłano wiele wiadomości. Proszę spróbować ponownie za minutę.
        [few] W krótkim czasie wysłano wiele wiadomości. Proszę spróbować ponownie za { $minutes } minuty.
        [many] W krótkim czasie wysłano wiele wiadomości. Proszę spróbować ponownie za { $minutes } minut.
       *[other] W krótkim czasie wysłano wiele wiadomości. Proszę spróbować ponownie za { $minutes } minuty.
    }
answer-fault-busy = Portal jest bardzo obciążony. Proszę spróbować ponownie za minutę.
answer-fault-unavailable = Wiadomości nie można teraz wysłać. Proszę spróbować ponownie za kilka minut.
answer-fault-unsure = Serwer poczty nie potwierdził, czy przyjął wiadomość. Możliwe, że została wysłana. Po ponownym wysłaniu może dotrzeć dwa razy.
answer-fault-under-way = Wiadomość jest właśnie wysyłana. Proszę chwilę poczekać i ponownie nacisnąć „Wyślij”: wtedy będzie widać, co się z nią stało.
answer-fault-sent-other = Z tej strony wysłano już wiadomość. Obecna treść różni się od tamtej: proszę nacisnąć „Wyślij”, jeśli ma zostać wysłana także ona.
answer-fault-refused = Serwer poczty odrzuca wiadomość. Jeśli to się powtórzy, proszę odpowiedzieć w inny sposób.

## Następna strona

sent-title = Wiadomość została wysłana
sent-before = Ta wiadomość została już wysłana i nie została wysłana ponownie.
sent-to = Wysłano do:
sent-copy = Kopia jest w drodze.
