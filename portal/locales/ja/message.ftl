# メッセージを表示するページと、印刷用のページ。

message-title = 保護されたメッセージ
message-print = 印刷用の表示
message-save = メッセージを保存
message-label = メッセージ
message-label-nested = メッセージの中のメッセージ
message-frame = メッセージの本文
message-no-subject = （件名なし）
message-empty = このメッセージには本文がありません。
message-from = 差出人
message-to = 宛先
message-cc = CC
message-date = 日時
message-more =
    { $count ->
       *[other] ほか { $count } 件
    }
message-cut = リストが長すぎるため、ここではすべてを表示できません。
message-nested = このメッセージの中のメッセージ：
message-nested-from = 、差出人：{ $author }
print-how = このメッセージを印刷するには、ブラウザーの印刷機能をお使いください。

## 添付ファイル

attachments = 添付ファイル
attachment-view = 表示
attachment-view-this = { $name } を表示
attachment-save = 保存
attachment-save-this = { $name } を保存
attachments-save = すべてを 1 つの ZIP ファイルとして保存
attachments-withheld = このメッセージの送信者は、添付ファイルのダウンロードを許可していません：
size-bytes =
    { $bytes ->
       *[other] { $bytes } バイト
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole }.{ $tenths } MB

## 送信者からのお願い

asked-title = 送信者からのお願い
asked-no-print = このメッセージを印刷しないでください。
asked-no-forward = このメッセージをほかの人に渡さないでください。
asked-hint = これはお願いであり、鍵ではありません。このポータルにその手段はありませんが、画面に表示されたものが写し取られることを防ぐ方法はありません。

## 知っておいていただきたいこと

notice-remote =
    { $count ->
       *[other] このメッセージの画像 { $count } 点はほかのコンピューターにあり、表示されていません。
    }
notice-remote-tells = 画像を読み込むと、あなたがこのメッセージを開いたこと、その日時、ネットワークアドレスが、それらのコンピューターに伝わります。
notice-remote-load = 画像を読み込む
notice-remote-loaded = このメッセージの画像はほかのコンピューターから読み込まれました。あなたがメッセージを開いたことは、それらのコンピューターに伝わっています。
notice-omitted =
    { $count ->
       *[other] 画像 { $count } 点は大きすぎるため、ここでは表示できません。
    }
notice-too-complex = このメッセージの書式付きの版は複雑すぎて安全に表示できないため、テキストを表示しています。
notice-cut = このメッセージは長すぎるため、全部は表示できません。全文は添付ファイルの中にあります。
notice-pgp = 送信者はこのメッセージをさらに PGP で、あなただけが持つ鍵のために暗号化しています。メッセージを保存し、PGP に使っているプログラムで開いてください。
notice-smime = 送信者はこのメッセージをさらに S/MIME で、あなただけが持つ証明書のために暗号化しています。メッセージを保存し、その証明書があるメールソフトで開いてください。
notice-smime-signed = 送信者はこのメッセージに、メールソフトだけが読める形式の S/MIME で署名しています。メッセージを保存し、メールソフトで開いてください。
notice-signed = 送信者はこのメッセージに署名しています。署名はここでは検証されません。検証するには、メッセージを保存し、メールソフトで開いてください。
notice-not-opened = このメッセージの中のメッセージのうち、一部はここでは開かれません。読むには、保存してメールソフトで開いてください。
notice-parts = このメッセージは 1000 を超える部分からなるため、ここでは表示できません。保存してメールソフトで開くことができます。
notice-depth = このメッセージは部分の入れ子が深すぎるため、ここでは表示できません。保存してメールソフトで開くことができます。
notice-header = このメッセージはヘッダーが長すぎるため、ここでは表示できません。保存してメールソフトで開くことができます。
notice-unsaved-closed = このメッセージは別のプログラムでしか表示できませんが、送信者は保存を許可していません。別の方法で読めるよう、送信者にお問い合わせください。
notice-unsaved-cut = このメッセージは長すぎるため全部は表示できませんが、送信者は保存を許可していません。残りを別の方法で読めるよう、送信者にお問い合わせください。
notice-unsaved-signed = 送信者はこのメッセージに署名しています。署名はここでは確認されません。
notice-unsaved-nested = このメッセージに含まれる一部のメッセージはここでは開かれず、送信者は保存も許可していません。

## 予定

event = カレンダーの予定
event-cancelled = この予定は取り消されました
event-invitation = 招待
event-answer = 招待への返事
event-other-time = 別の日時が提案されています
event-told = 予定
event-no-title = （タイトルなし）
event-begins = 開始
event-ends = 終了
event-repeats = 繰り返し
event-daily = 日単位（規則はカレンダーファイルにあります）
event-weekly = 週単位（規則はカレンダーファイルにあります）
event-monthly = 月単位（規則はカレンダーファイルにあります）
event-yearly = 年単位（規則はカレンダーファイルにあります）
event-repeated = あり（規則はカレンダーファイルにあります）
event-where = 場所
event-host = 主催者
event-guests = ゲスト
event-accepted = 出席
event-declined = 欠席
event-tentative = 未定

## 日時

date-day =
    { $year }年{ $month }月{ $day }日（{ $weekday ->
         [1] 月
         [2] 火
         [3] 水
         [4] 木
         [5] 金
         [6] 土
        *[7] 日
    }）
date-minute = { $date } { $time }
date-zone = { $moment } ({ $zone })
