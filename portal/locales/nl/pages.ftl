# De pagina's rond een bericht.

## Op elke pagina

footer = Dit portaal bewaart geen berichten. Het vergeet het uwe zodra deze pagina is verzonden.
language = Taal
language-change = Wijzigen
sign-out = Afmelden
signed-out = U bent afgemeld
    .body = Sluit dit venster, en op een computer die ook anderen gebruiken de hele browser.

## De beginpagina, en het formulier voor een bestand

start-title = Een beveiligd bericht lezen
start-choose = De e-mail die u hebt ontvangen heeft een bijlage, { $file }. Kies dat bestand hier, of sleep het naar het veld.
start-no-script = Bent u hier gekomen via een link in de e-mail? Dat werkt alleen met JavaScript, dat in uw browser uitstaat. Open in plaats daarvan de bijlage { $file } van dezelfde e-mail, of kies die hierboven: dat werkt zonder.
file-label = Het bestand message.html, of de opgeslagen e-mail
file-open = Bericht openen

## De pagina die om een bewijs vraagt

prove-title = Is dit bericht voor u?
prove-one = Dit bericht kan alleen worden gelezen door degene aan wie het is verzonden. Toon alstublieft aan dat u dat bent.
prove-several = Dit bericht kan alleen worden gelezen door de mensen aan wie het is verzonden. Toon alstublieft aan dat u een van hen bent.
prove-signed-out = Uw aanmelding is verlopen. Toon alstublieft uw adres opnieuw aan.
prove-other-address = U bent aangemeld met een adres waaraan dit bericht niet is verzonden. Toon het adres aan waarop u het hebt ontvangen, of meld u aan met een ander account.
prove-other-way = U bent aangemeld, maar de afzender van dit bericht vraagt om een ander bewijs van uw adres.
prove-sign-in = Aanmelden met { $provider }
prove-too-many =
    { $minutes ->
        [one] Er is geen code verstuurd: er zijn er te veel aangevraagd. Over één minuut kunt u er een aanvragen.
       *[other] Er is geen code verstuurd: er zijn er te veel aangevraagd. Over { $minutes } minuten kunt u er een aanvragen.
    }
prove-too-many-account = U kunt zich ook nu met een account aanmelden.
prove-or-passcode = Of met een eenmalige code
prove-or-account = Of met een account
prove-which-account = Als een van deze accounts het adres heeft waarop u het bericht hebt ontvangen, kunt u zich daarmee aanmelden.
prove-passcode-one = Wij sturen een eenmalige code naar het adres waaraan het bericht is verzonden; u typt die op de volgende pagina.
prove-passcode-several = Typ het adres waarop u het bericht hebt ontvangen. Wij sturen een eenmalige code naar dat adres; u typt die op de volgende pagina.
prove-no-address = Typ een volledig adres, zoals name@example.org.
prove-address = Uw e-mailadres
prove-send = Stuur mij een code
prove-keep =
    { $hours ->
        [one] Na aanmelding met een account { $hours } uur aangemeld blijven op deze computer
       *[other] Na aanmelding met een account { $hours } uur aangemeld blijven op deze computer
    }

## De pagina die om de code vraagt

passcode-title = Typ uw code
passcode-sent = Een e-mail met een code is onderweg naar het adres waaraan dit bericht is verzonden.
passcode-sent-to = Als { $address } een van de adressen is waaraan dit bericht is verzonden, is een e-mail met een code daarheen onderweg.
passcode-reference = Deze heeft het kenmerk { $reference }.
passcode-minutes =
    { $minutes ->
        [one] De code is { $minutes } minuut geldig.
       *[other] De code is { $minutes } minuten geldig.
    }
passcode-wrong = Die code is onjuist, of niet meer geldig. Typ de code opnieuw, of laat een nieuwe sturen.
passcode-missing = Typ de code uit de e-mail: die heeft 8 cijfers.
passcode-label = Code (8 cijfers)
passcode-keep =
    { $hours ->
        [one] { $hours } uur aangemeld blijven op deze computer
       *[other] { $hours } uur aangemeld blijven op deze computer
    }
passcode-read = Bericht lezen
passcode-again = Nieuwe code sturen
passcode-too-many =
    { $minutes ->
        [one] Er is geen nieuwe code verstuurd: er zijn er te veel aangevraagd. De codes die u al hebt, blijven geldig tot hun tijd om is. Over één minuut kunt u een nieuwe aanvragen.
       *[other] Er is geen nieuwe code verstuurd: er zijn er te veel aangevraagd. De codes die u al hebt, blijven geldig tot hun tijd om is. Over { $minutes } minuten kunt u een nieuwe aanvragen.
    }
passcode-help-title = Na twee minuten nog geen e-mail?
passcode-help-junk = Zoek in de map met ongewenste e-mail naar een e-mail van { $from }.
passcode-help-quarantine = Op het werk kan een filter de e-mail in quarantaine houden: kijk daar, of vraag uw mailbeheerders om e-mails van dit adres door te laten.
passcode-help-address = Is { $address } precies het adres waarop u het bericht hebt ontvangen? Zo niet, ga dan terug en typ dat adres.
passcode-help-again = Laat een nieuwe code versturen. Als er meerdere e-mails komen, is de code van elk daarvan geldig.
passcode-help-tries = Een verkeerde code kan maar een paar keer worden getypt.

## Aanmelden bij een dienst

departure-title = Aanmelden
departure-heading = Aanmelden met { $provider }
departure-text = U wordt naar { $provider } gebracht, en komt hier terug als u zich hebt aangemeld.
departure-go = Verder naar { $provider }
signed-in-title = U bent aangemeld
signed-in-opening = Uw bericht wordt geopend.
signed-in-again = Ga terug naar de e-mail, open de bijlage { $file } nog eens en druk op de knop daarin: het bericht gaat meteen open. Of kies het bestand hier.
not-signed-in-title = U bent niet aangemeld
not-signed-in-text = Om een bericht te lezen, opent u de bijlage { $file } van de e-mail die u hier bracht, en drukt u op de knop daarin.
