# メッセージの周りのページ。

## すべてのページ

footer = このポータルはメッセージを保存しません。このページを送信すると、お客様のメッセージはすぐに消去されます。
language = 言語
language-change = 変更
sign-out = サインアウト
signed-out = サインアウトしました
    .body = このウィンドウを閉じてください。ほかの人も使うコンピューターでは、ブラウザー全体を閉じてください。

## 最初のページと、ファイルを選ぶフォーム

start-title = 保護されたメッセージを読む
start-choose = 受け取ったメールには { $file } という添付ファイルがあります。ここでそのファイルを選ぶか、欄にドロップしてください。
start-no-script = メールのリンクからここに来られましたか。リンクを使うには JavaScript が必要ですが、お使いのブラウザーでは無効になっています。代わりに、同じメールの添付ファイル { $file } を開くか、上で選んでください。それなら JavaScript なしで読めます。
file-label = ファイル message.html、または保存したメール
file-open = メッセージを開く

## 証明を求めるページ

prove-title = このメッセージはあなた宛てですか
prove-one = このメッセージを読めるのは宛先の方だけです。ご本人であることを証明してください。
prove-several = このメッセージを読めるのは宛先の方々だけです。そのお一人であることを証明してください。
prove-signed-out = サインインの期限が切れました。もう一度アドレスを証明してください。
prove-other-address = このメッセージの宛先ではないアドレスでサインインしています。メッセージを受け取ったアドレスを証明するか、別のアカウントでサインインしてください。
prove-other-way = サインインしていますが、このメッセージの送信者は別の方法でのアドレスの証明を求めています。
prove-sign-in = { $provider } でサインイン
prove-too-many = 請求が多すぎるため、パスコードは送信されませんでした。{ $minutes }分後に再度請求できます。
prove-too-many-account = アカウントで今すぐサインインすることもできます。
prove-or-passcode = またはワンタイムパスコードで
prove-or-account = またはアカウントで
prove-which-account = メッセージを受け取ったアドレスのアカウントがこの中にあれば、それでサインインできます。
prove-passcode-one = メッセージの宛先アドレスにワンタイムパスコードをお送りします。次のページで入力してください。
prove-passcode-several = メッセージを受け取ったアドレスを入力してください。そのアドレスにワンタイムパスコードをお送りします。次のページで入力してください。
prove-no-address = name@example.org のように、アドレス全体を入力してください。
prove-address = メールアドレス
prove-send = パスコードを送る
prove-keep =
    { $hours ->
       *[other] アカウントでサインインした後、このコンピューターで { $hours } 時間サインインしたままにする
    }

## パスコードを求めるページ

passcode-title = パスコードを入力してください
passcode-sent = このメッセージの宛先アドレスに、パスコードのメールをお送りしています。
passcode-sent-to = { $address } がこのメッセージの宛先の一つであれば、そのアドレスにパスコードのメールをお送りしています。
passcode-reference = メールの参照番号は { $reference } です。
passcode-minutes =
    { $minutes ->
       *[other] パスコードは { $minutes } 分間有効です。
    }
passcode-wrong = パスコードが間違っているか、期限が切れています。もう一度入力するか、新しいパスコードを請求してください。
passcode-missing = メールにある 8 桁のパスコードを入力してください。
passcode-label = パスコード（8 桁）
passcode-keep =
    { $hours ->
       *[other] このコンピューターで { $hours } 時間サインインしたままにする
    }
passcode-read = メッセージを読む
passcode-again = 新しいパスコードを送る
passcode-too-many = 請求が多すぎるため、新しいパスコードは送信されませんでした。すでに届いているパスコードは有効期限まで使えます。{ $minutes }分後に再度請求できます。
passcode-help-title = 2分たってもメールが届きませんか？
passcode-help-junk = 迷惑メールフォルダーで { $from } からのメールを探してください。
passcode-help-quarantine = 職場では、フィルターがメールを隔離していることがあります。隔離フォルダーを確認するか、このアドレスからのメールを受け取れるようメール管理者に依頼してください。
passcode-help-address = { $address } はメッセージを受け取ったアドレスに間違いありませんか？違う場合は、戻って正しいアドレスを入力してください。
passcode-help-again = 新しいパスコードを送ってください。複数のメールが届いた場合は、どのパスコードも使えます。
passcode-help-tries = 間違ったパスコードを入力できる回数には限りがあります。

## サービスでのサインイン

departure-title = サインイン
departure-heading = { $provider } でサインイン
departure-text = { $provider } に移動します。サインインが済むと、ここに戻ります。
departure-go = { $provider } に進む
signed-in-title = サインインしました
signed-in-opening = メッセージを開いています。
signed-in-again = メールに戻り、添付ファイル { $file } をもう一度開いて、その中のボタンを押してください。メッセージがすぐに開きます。または、ここでファイルを選んでください。
not-signed-in-title = サインインしていません
not-signed-in-text = メッセージを読むには、ここに来るもとになったメールの添付ファイル { $file } を開き、その中のボタンを押してください。
