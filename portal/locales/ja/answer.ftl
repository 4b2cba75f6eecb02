# メッセージへの返信：書くページと、その次のページ。

answer-reply = 返信
answer-reply-all = 全員に返信
answer-forward = 転送
answer-forward-participants = このメッセージを転送できる相手は、差出人とメッセージに記載された受信者だけです。
answer-forward-domains = このメッセージは、{ $domains } のアドレス、差出人、およびメッセージに記載された受信者に転送できます。
answer-subject = 件名
answer-text = メッセージ
answer-files-hint = ファイルは { $files } 個まで、合計 { $size } までです。
answer-original = 元のメッセージを添付ファイルとともに添付する
answer-copy = 自分にも控えを送る
answer-send = 送信
answer-back = メッセージに戻る
answer-hint = このメッセージは保護されます。組織外の受信者には、お受け取りになったメッセージと同じ方法で届きます。

## 本文の書き出し

answer-quoted = { $date }、{ $author } さんのメッセージ：
answer-quoted-without-date = { $author } さんのメッセージ：
answer-forwarded = 転送されたメッセージ

## 送信されなかった理由

answer-not-sent = メッセージは送信されませんでした。
answer-files-again = ファイルを添付していた場合は、もう一度選択してください。
answer-later = 入力した内容は失われていません。1 分待ってから続けてください。
answer-go-on = 続ける
answer-fault-no-address = メッセージを受け取る方のアドレスを入力してください。
answer-fault-nobody = メッセージを受け取る方を 1 人以上選択してください。
answer-fault-address = 入力された内容は、name@example.org のようなアドレスをコンマで区切ったものではありません。
answer-fault-not-allowed = 入力されたアドレスの中に、このメッセージを転送できないものがあります。
answer-fault-recipients = 1 通のメッセージに指定できる受信者の数を超えています。
answer-fault-empty = メッセージがまだ入力されていません。
answer-fault-text = 本文が長すぎます。
answer-fault-files = 添付できるファイルは { $files } 個までです。
answer-fault-file-bytes = 添付ファイルは合計 { $size } までです。
answer-fault-too-many = 短い時間に多くのメッセージが送信されました。{ $minutes } 分後にもう一度お試しください。
answer-fault-busy = ポータルが大変混み合っています。1 分後にもう一度お試しください。
answer-fault-unavailable = 現在、メッセージを送信できません。数分後にもう一度お試しください。
answer-fault-unsure = メールサーバーがメッセージを受け付けたかどうか確認できませんでした。送信された可能性があります。もう一度送信すると、2通届くことがあります。
answer-fault-under-way = メッセージを送信しているところです。少し待ってから「送信」をもう一度押すと、結果を確認できます。
answer-fault-sent-other = このページからはすでにメッセージが送信されています。現在の内容はそれと異なります。この内容も送信する場合は「送信」を押してください。
answer-fault-refused = メールサーバーがメッセージを受け付けません。繰り返し起こる場合は、ほかの方法でご返信ください。

## 送信後のページ

sent-title = メッセージを送信しました
sent-before = このメッセージはすでに送信済みのため、再度の送信は行いませんでした。
sent-to = 送信先：
sent-copy = 控えをお送りしました。
