# What the portal keeps, and what others learn.
privacy-link = Prywatność
privacy-title = Prywatność
privacy-updated = Ostatnia aktualizacja: { $date }
privacy-controller = Ten portal prowadzi: { $controller }
privacy-message-title = Wiadomość
privacy-message = Wiadomość leży zapieczętowana we własnej skrzynce odbiorcy. Portal otwiera ją tylko po to, aby ją wyświetlić, i nie zachowuje kopii. Adres, kod i wiadomość nie są tu nigdzie zapisywane.
privacy-kept-title = Co jest przechowywane i jak długo
privacy-kept = Między dwiema stronami portal przechowuje skróty (obliczane z tajnym kluczem), z których nikt nie odtworzy tego, z czego powstały:
privacy-kept-passcode = Po wysłaniu kodu: skróty pliku cookie przeglądarki, wiadomości, adresu i kodu, do chwili jego użycia, najwyżej { $minutes } min.
privacy-kept-limits = Po zażądaniu kodu lub logowania: skróty adresu, wiadomości i sieci (adresu IP) wraz z godziną, przez { $minutes } min, aby nikt nie mógł żądać bez końca.
privacy-kept-session = Podczas zalogowania: skróty adresu i pliku cookie przeglądarki, do wylogowania, najwyżej { $minutes } min.
privacy-kept-session-longer = Po wybraniu pozostania zalogowanym: te same, najwyżej { $hours } h.
privacy-kept-sign-in = Po zalogowaniu się kontem: skrót tego logowania, przez { $minutes } min, aby nikt nie mógł użyć go ponownie.
privacy-kept-known = Po użyciu kodu: skróty pliku cookie przeglądarki i adresu, przez { $days } dni, aby nikt inny nie mógł wyczerpać kodów, o które można prosić.
privacy-kept-revoked = Po wycofaniu wiadomości przez nadawcę: skrót tej wiadomości, do jej ponownego udostępnienia.
privacy-kept-backups = Kopie zapasowe bazy danych zawierają te same skróty dłużej.
privacy-cookies-title = Pliki cookie
privacy-cookies = Portal używa tylko plików cookie potrzebnych do wykonania tego, o co jest proszony. Żaden z nich nie śledzi na innych stronach.
privacy-cookie-browser =
    { $days ->
        [0] wiąże kody z przeglądarką do jej zamknięcia
       *[kept] wiąże kody z przeglądarką: przez { $days } dni po użyciu kodu, a w innym razie do zamknięcia przeglądarki
    }
privacy-cookie-session =
    { $hours ->
        [0] utrzymują zalogowanie do wylogowania lub zamknięcia przeglądarki
       *[kept] utrzymują zalogowanie do wylogowania lub zamknięcia przeglądarki albo przez { $hours } h, jeśli tak wybrano
    }
privacy-cookie-sign-in = zachowuje miejsce podczas logowania kontem, przez { $minutes } min
privacy-cookie-language = pamięta przez rok wybrany język
privacy-browser = Podczas logowania kontem zapieczętowana wiadomość czeka we własnej przeglądarce odbiorcy do jego powrotu. Bez powrotu jest stamtąd usuwana przy następnym czytaniu wiadomości w tym portalu, najwcześniej po godzinie.
privacy-log-title = Dziennik i liczby
privacy-log = Dla każdej strony portal zapisuje, jakiego była rodzaju, jak się zakończyła i jak długo trwała: żadnego adresu, żadnego adresu IP, niczego z wiadomości. Serwer WWW przed portalem może prowadzić własny dziennik.
privacy-figures = Portal liczy dzień po dniu, ile wiadomości wyświetlono, w jaki sposób się logowano, jakich rodzajów przeglądarek używano i jakie błędy wystąpiły. W tych liczbach nikogo nie można rozpoznać. Są przechowywane przez { $days } dni, a liczby poniżej { $smallest } nie są pokazywane.
privacy-others-title = Czego dowiadują się inni
privacy-others-mail = Kod jest wysyłany pocztą elektroniczną przez serwery pocztowe tej organizacji i dostawcy poczty odbiorcy.
privacy-others-pictures = Obrazy z innych komputerów są wczytywane tylko na żądanie. Prowadzący te komputery poznaje wtedy adres IP i dowiaduje się, że wiadomość jest czytana.
privacy-others-providers = Przy logowaniu kontem ({ $providers }) usługa ta dowiaduje się, że i kiedy używany jest ten portal, ale nie, która wiadomość jest czytana. Przekazuje portalowi adres, z którego przechowywane są tylko wymienione wyżej skróty.
privacy-others-hint = Usłudze tej podawany jest również adres, na który wysłano wiadomość.
privacy-answer = Treść odpowiedzi wychodzi jako mail i nie jest tu przechowywana; szkic pozostaje we własnej przeglądarce. Skrót odpowiedzi jest przechowywany przez { $minutes } min, aby nie została wysłana dwa razy, a tak samo długo skróty adresu i sieci (adresu IP) wraz z godziną, aby nikt nie mógł wysyłać bez końca.
