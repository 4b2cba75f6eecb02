# Własne e-maile portalu. Wiersze są wysyłane tak, jak tu stoją: krótsze niż 76 znaków.

passcode-mail-subject = Kod do odczytania chronionej wiadomości (oznaczenie { $reference })
passcode-mail-subject-with = { $passcode } to kod do odczytania chronionej wiadomości (oznaczenie { $reference })
passcode-mail-before =
    Poproszono o odczytanie chronionej wiadomości.
    To jest jednorazowy kod:
passcode-mail-after =
    Proszę wpisać go na stronie z tym samym oznaczeniem: { $reference }
    Kod jest ważny { $minutes ->
        [one] { $minutes } minutę
        [few] { $minutes } minuty
        [many] { $minutes } minut
       *[other] { $minutes } minuty
    }, jeden raz i tylko na tej stronie.

    Proszę nigdy go nie przekazywać: nikt nie ma powodu o niego prosić.

    Jeśli nie proszono o kod, ten e-mail można zignorować.
    Bez kodu nikt nie może odczytać wiadomości.
