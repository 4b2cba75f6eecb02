# E-mail przewodni i message.html.

heading = Chroniona wiadomość
intro = Nadawca { $sender } przesyła chronioną wiadomość.
nobody = nieznany
button = Odczytaj wiadomość
proof = Trzeba będzie potwierdzić, że ta skrzynka należy do odbiorcy, na przykład jednorazowym kodem przysłanym e-mailem.
open_file = Aby ją odczytać, proszę otworzyć załączony plik { $file } i nacisnąć „{ $button }”.
or_open_file = Jeśli przycisk nie działa, proszę otworzyć załączony plik { $file } i nacisnąć w nim „{ $button }”.
or_choose_file = Jeśli plik nie otwiera się na tym urządzeniu, proszę go zapisać i wybrać na tej stronie:
portal_button = Przejdź do portalu
open_link = Aby ją odczytać, proszę otworzyć ten link:
only_at = Wiadomość otwiera się tylko pod adresem { $portal }.
no_reply = Odpowiedź na ten e-mail nie jest chroniona: proszę odpowiedzieć na stronie, która pokazuje wiadomość.
patience = Duża wiadomość może chwilę potrwać.
if_button_fails = Jeśli przycisk nie działa
step_save = Proszę zapisać ten plik na swoim urządzeniu.
step_open = Proszę otworzyć { $portal } w przeglądarce.
step_choose = Proszę wybrać tam ten plik.
