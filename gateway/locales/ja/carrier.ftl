# 運搬メールと message.html。

heading = 保護されたメッセージ
intro = { $sender } から保護されたメッセージが届いています。
nobody = どなたか
button = メッセージを読む
proof = このメールボックスがご本人のものであることの証明をお願いします。例えば、メールで届くワンタイムパスコードで証明できます。
open_file = 読むには、添付ファイル { $file } を開き、「{ $button }」を押してください。
or_open_file = ボタンが使えない場合は、添付ファイル { $file } を開き、その中の「{ $button }」を押してください。
or_choose_file = この端末でファイルが開かない場合は、保存して、次のページで選んでください：
portal_button = ポータルへ進む
open_link = 読むには、このリンクを開いてください：
only_at = メッセージは { $portal } でのみ開きます。
no_reply = このメールへの返信は保護されません。返信は、メッセージを表示するページで行ってください。
patience = 大きなメッセージは少し時間がかかることがあります。
if_button_fails = ボタンが使えない場合
step_save = このファイルを端末に保存してください。
step_open = ブラウザーで { $portal } を開いてください。
step_choose = そこでこのファイルを選んでください。
