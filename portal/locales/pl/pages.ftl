# Strony wokół wiadomości.

## Na każdej stronie

footer = Ten portal nie przechowuje wiadomości. Zapomina tę wiadomość, gdy tylko strona zostanie wysłana.
language = Język
language-change = Zmień
sign-out = Wyloguj
signed-out = Wylogowano
    .body = Proszę zamknąć to okno, a na komputerze używanym także przez inne osoby całą przeglądarkę.

## Strona początkowa i formularz pliku

start-title = Odczytanie chronionej wiadomości
start-choose = Otrzymany e-mail ma załącznik { $file }. Proszę wybrać tutaj ten plik albo upuścić go na pole.
start-no-script = Strona otwarta z linku w e-mailu? To działa tylko z JavaScriptem, który w tej przeglądarce jest wyłączony. Proszę zamiast tego otworzyć załącznik { $file } tego samego e-maila albo wybrać go powyżej: to działa bez JavaScriptu.
file-label = Plik message.html albo zapisany e-mail
file-open = Otwórz wiadomość

## Strona, która prosi o dowód

prove-title = Do kogo jest ta wiadomość?
prove-one = Tę wiadomość może odczytać tylko osoba, do której ją wysłano. Proszę potwierdzić, że to ta osoba.
prove-several = Tę wiadomość mogą odczytać tylko osoby, do których ją wysłano. Proszę potwierdzić, że to jedna z nich.
prove-signed-out = Logowanie wygasło. Proszę ponownie potwierdzić adres.
prove-other-address = Zalogowano z adresem, na który tej wiadomości nie wysłano. Proszę potwierdzić adres, na który przyszła, albo zalogować się na inne konto.
prove-other-way = Zalogowano, ale nadawca tej wiadomości prosi o inne potwierdzenie adresu.
prove-sign-in = Zaloguj przez { $provider }
prove-too-many =
    { $minutes ->
        [one] Nie wysłano kodu, ponieważ poproszono o zbyt wiele kodów. O kod można poprosić za minutę.
        [few] Nie wysłano kodu, ponieważ poproszono o zbyt wiele kodów. O kod można poprosić za { $minutes } minuty.
        [many] Nie wysłano kodu, ponieważ poproszono o zbyt wiele kodów. O kod można poprosić za { $minutes } minut.
       *[other] Nie wysłano kodu, ponieważ poproszono o zbyt wiele kodów. O kod można poprosić za { $minutes } minuty.
    }
prove-too-many-account = Można też od razu zalogować się na konto.
prove-or-passcode = Albo jednorazowym kodem
prove-or-account = Albo kontem
prove-which-account = Jeśli jedno z tych kont ma adres, na który przyszła wiadomość, można się nim zalogować.
prove-passcode-one = Wyślemy jednorazowy kod na adres, na który wysłano wiadomość; wpisuje się go na następnej stronie.
prove-passcode-several = Proszę wpisać adres, na który przyszła wiadomość. Wyślemy na ten adres jednorazowy kod; wpisuje się go na następnej stronie.
prove-no-address = Proszę wpisać cały adres, na przykład name@example.org.
prove-address = Adres e-mail
prove-send = Wyślij kod
prove-keep =
    { $hours ->
        [one] Po zalogowaniu kontem pozostaw zalogowanie na tym komputerze przez { $hours } godzinę
        [few] Po zalogowaniu kontem pozostaw zalogowanie na tym komputerze przez { $hours } godziny
        [many] Po zalogowaniu kontem pozostaw zalogowanie na tym komputerze przez { $hours } godzin
       *[other] Po zalogowaniu kontem pozostaw zalogowanie na tym komputerze przez { $hours } godziny
    }

## Strona, która prosi o kod

passcode-title = Proszę wpisać kod
passcode-sent = E-mail z kodem jest w drodze na adres, na który wysłano tę wiadomość.
passcode-sent-to = Jeśli { $address } to jeden z adresów, na które wysłano tę wiadomość, e-mail z kodem jest w drodze na ten adres.
passcode-reference = Ma on oznaczenie { $reference }.
passcode-minutes =
    { $minutes ->
        [one] Kod jest ważny { $minutes } minutę.
        [few] Kod jest ważny { $minutes } minuty.
        [many] Kod jest ważny { $minutes } minut.
       *[other] Kod jest ważny { $minutes } minuty.
    }
passcode-wrong = Ten kod jest błędny albo już nieważny. Proszę wpisać go jeszcze raz albo poprosić o nowy.
passcode-missing = Proszę wpisać kod z maila: ma 8 cyfr.
passcode-label = Kod (8 cyfr)
passcode-keep =
    { $hours ->
        [one] Pozostaw zalogowanie na tym komputerze przez { $hours } godzinę
        [few] Pozostaw zalogowanie na tym komputerze przez { $hours } godziny
        [many] Pozostaw zalogowanie na tym komputerze przez { $hours } godzin
       *[other] Pozostaw zalogowanie na tym komputerze przez { $hours } godziny
    }
passcode-read = Odczytaj wiadomość
passcode-again = Wyślij nowy kod
passcode-too-many =
    { $minutes ->
        [one] Nie wysłano kolejnego kodu, ponieważ poproszono o zbyt wiele kodów. Otrzymane wcześniej kody są nadal ważne do upływu swojego czasu. O następny można poprosić za minutę.
        [few] Nie wysłano kolejnego kodu, ponieważ poproszono o zbyt wiele kodów. Otrzymane wcześniej kody są nadal ważne do upływu swojego czasu. O następny można poprosić za { $minutes } minuty.
        [many] Nie wysłano kolejnego kodu, ponieważ poproszono o zbyt wiele kodów. Otrzymane wcześniej kody są nadal ważne do upływu swojego czasu. O następny można poprosić za { $minutes } minut.
       *[other] Nie wysłano kolejnego kodu, ponieważ poproszono o zbyt wiele kodów. Otrzymane wcześniej kody są nadal ważne do upływu swojego czasu. O następny można poprosić za { $minutes } minuty.
    }
passcode-help-title = Po dwóch minutach nadal nie ma e-maila?
passcode-help-junk = Proszę poszukać w folderze ze spamem e-maila od { $from }.
passcode-help-quarantine = W pracy filtr może zatrzymać e-mail w kwarantannie: proszę tam zajrzeć lub poprosić administratorów poczty o przepuszczanie e-maili z tego adresu.
passcode-help-address = Czy { $address } to dokładnie ten adres, na który przyszła wiadomość? Jeśli nie, proszę wrócić i wpisać właściwy.
passcode-help-again = Proszę zamówić nowy kod. Jeśli przyjdzie kilka e-maili, kod z każdego z nich jest ważny.
passcode-help-tries = Błędny kod można wpisać tylko kilka razy.

## Logowanie w usłudze

departure-title = Logowanie
departure-heading = Logowanie przez { $provider }
departure-text = Następuje przejście do { $provider }; po zalogowaniu nastąpi powrót tutaj.
departure-go = Przejdź do { $provider }
signed-in-title = Zalogowano
signed-in-opening = Wiadomość jest otwierana.
signed-in-again = Proszę wrócić do e-maila, jeszcze raz otworzyć jego załącznik { $file } i nacisnąć w nim przycisk: wiadomość otworzy się od razu. Można też wybrać plik tutaj.
not-signed-in-title = Nie zalogowano
not-signed-in-text = Aby odczytać wiadomość, proszę otworzyć załącznik { $file } e-maila, z którego prowadziła tu droga, i nacisnąć w nim przycisk.
