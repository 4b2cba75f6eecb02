# O e-mail portador e message.html.

heading = Mensagem protegida
intro = { $sender } enviou a você uma mensagem protegida.
nobody = Alguém
button = Ler a mensagem
proof = Será pedido que prove que esta caixa de correio é sua, por exemplo com um código de uso único que lhe é enviado.
open_file = Para lê-la, abra o arquivo anexo { $file } e pressione “{ $button }”.
or_open_file = Se o botão não funcionar, abra o arquivo anexo { $file } e pressione nele “{ $button }”.
or_choose_file = Se o arquivo não abrir neste dispositivo, guarde-o e escolha-o nesta página:
portal_button = Ir para o portal
open_link = Para lê-la, abra este link:
only_at = A mensagem só abre em { $portal }.
no_reply = Uma resposta a este e-mail não é protegida: responda na página que mostra a mensagem.
patience = Uma mensagem grande pode demorar um momento.
if_button_fails = Se o botão não funcionar
step_save = Guarde este arquivo no seu dispositivo.
step_open = Abra { $portal } no seu navegador.
step_choose = Escolha lá este arquivo.
