# De eigen e-mails van het portaal. Regels worden verzonden zoals ze hier staan: korter dan 76 tekens.

passcode-mail-subject = Uw code om een beveiligd bericht te lezen (kenmerk { $reference })
passcode-mail-subject-with = { $passcode } is uw code om een beveiligd bericht te lezen (kenmerk { $reference })
passcode-mail-before =
    U hebt gevraagd een beveiligd bericht te lezen.
    Dit is uw eenmalige code:
passcode-mail-after =
    Typ deze op de pagina die hetzelfde kenmerk toont: { $reference }
    De code is { $minutes ->
        [one] { $minutes } minuut
       *[other] { $minutes } minuten
    } geldig, één keer, en alleen op die pagina.

    Geef de code nooit door: niemand heeft reden u erom te vragen.

    Hebt u geen code aangevraagd? Negeer deze e-mail dan.
    Zonder de code kan niemand het bericht lezen.
