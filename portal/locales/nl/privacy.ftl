# What the portal keeps, and what others learn.
privacy-link = Privacy
privacy-title = Privacy
privacy-updated = Laatst bijgewerkt: { $date }
privacy-controller = Dit portaal wordt beheerd door: { $controller }
privacy-message-title = Uw bericht
privacy-message = Uw bericht ligt verzegeld in uw eigen postbus. Dit portaal opent het alleen om het aan u te tonen en bewaart geen kopie. Uw mailadres, uw code en het bericht worden hier nergens opgeslagen.
privacy-kept-title = Wat er wordt bewaard, en hoe lang
privacy-kept = Tussen twee pagina’s bewaart het portaal kenmerken (berekend met een geheime sleutel) waaruit niemand kan terugvinden waarvan ze zijn gemaakt:
privacy-kept-passcode = Als een code wordt verstuurd: kenmerken van het cookie van uw browser, het bericht, uw adres en de code, totdat u die gebruikt, hoogstens { $minutes } min.
privacy-kept-limits = Als om een code of aanmelding wordt gevraagd: kenmerken van uw adres, het bericht en uw netwerk (IP-adres), met het tijdstip, gedurende { $minutes } min, zodat niemand eindeloos kan vragen.
privacy-kept-session = Zolang u bent aangemeld: kenmerken van uw adres en van het cookie van uw browser, totdat u zich afmeldt, hoogstens { $minutes } min.
privacy-kept-session-longer = Als u ervoor kiest aangemeld te blijven: dezelfde, hoogstens { $hours } u.
privacy-kept-sign-in = Nadat u zich met een account hebt aangemeld: een kenmerk van die aanmelding, gedurende { $minutes } min, zodat niemand die opnieuw kan gebruiken.
privacy-kept-known = Nadat u een code hebt gebruikt: kenmerken van het cookie van uw browser en van uw adres, gedurende { $days } dagen, zodat niemand anders de codes kan opmaken die u mag aanvragen.
privacy-kept-revoked = Als een afzender een bericht intrekt: een kenmerk van dat bericht, totdat het weer leesbaar wordt gemaakt.
privacy-kept-backups = Reservekopieën van de database bevatten dezelfde kenmerken langer.
privacy-cookies-title = Cookies
privacy-cookies = Het portaal plaatst alleen cookies die nodig zijn voor wat u ervan vraagt. Geen ervan volgt u naar andere sites.
privacy-cookie-browser =
    { $days ->
        [0] koppelt codes aan uw browser totdat u die sluit
       *[kept] koppelt codes aan uw browser: { $days } dagen nadat u er een hebt gebruikt, anders totdat u de browser sluit
    }
privacy-cookie-session =
    { $hours ->
        [0] houden u aangemeld totdat u zich afmeldt of de browser sluit
       *[kept] houden u aangemeld totdat u zich afmeldt of de browser sluit, of { $hours } u als u daarvoor kiest
    }
privacy-cookie-sign-in = houdt uw plaats vast terwijl u zich met een account aanmeldt, gedurende { $minutes } min
privacy-cookie-language = onthoudt een jaar lang de taal die u hebt gekozen
privacy-browser = Terwijl u zich met een account aanmeldt, wacht het verzegelde bericht in uw eigen browser tot u terug bent. Komt u niet terug, dan wordt het daar verwijderd wanneer u hier de volgende keer een bericht leest, op zijn vroegst na een uur.
privacy-log-title = Logboek en cijfers
privacy-log = Van elke pagina legt het portaal vast wat voor pagina het was, hoe het afliep en hoe lang het duurde: geen mailadres, geen IP-adres, niets van het bericht. De webserver ervoor kan een eigen logboek bijhouden.
privacy-figures = Het portaal telt van dag tot dag hoeveel berichten zijn bekeken, op welke manieren lezers zich hebben aangemeld, welke soorten browsers zij gebruikten en welke fouten optraden. In deze cijfers is niemand te herkennen. Ze worden { $days } dagen bewaard, en getallen onder { $smallest } worden niet getoond.
privacy-others-title = Wat anderen te weten komen
privacy-others-mail = Een code wordt u per mail gestuurd, via de mailservers van deze organisatie en van uw eigen mailprovider.
privacy-others-pictures = Afbeeldingen op andere computers worden alleen geladen als u daarom vraagt. Wie die computers beheert, komt dan uw IP-adres te weten, en dat u het bericht leest.
privacy-others-providers = Als u zich met een account aanmeldt ({ $providers }), komt die dienst te weten dat en wanneer u dit portaal gebruikt, maar niet welk bericht u leest. De dienst geeft het portaal uw adres, waarvan alleen de hierboven genoemde kenmerken worden bewaard.
privacy-others-hint = Aan die dienst wordt ook het adres doorgegeven waaraan het bericht is gestuurd.
privacy-answer = Wat u in een antwoord schrijft, gaat als mail weg en wordt hier niet bewaard; een concept blijft in uw eigen browser. Een kenmerk ervan wordt { $minutes } min bewaard, zodat het niet twee keer wordt verstuurd, en even lang kenmerken van uw adres en uw netwerk (IP-adres), met het tijdstip, zodat niemand eindeloos kan versturen.
