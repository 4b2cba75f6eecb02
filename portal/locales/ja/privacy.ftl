# What the portal keeps, and what others learn.
privacy-link = プライバシー
privacy-title = プライバシー
privacy-updated = 最終更新日：{ $date }
privacy-controller = このポータルの運営者：{ $controller }
privacy-message-title = お客様のメッセージ
privacy-message = メッセージは、封印された状態でお客様ご自身のメールボックスにあります。このポータルは表示するためだけにメッセージを開き、写しを残しません。メールアドレス、パスコード、メッセージはここには保存されません。
privacy-kept-title = 保存される情報とその期間
privacy-kept = ページとページの間、ポータルは元の内容を復元できない値（鍵付きハッシュ）を保存します。
privacy-kept-passcode = パスコードの送信時：ブラウザーのCookie、メッセージ、メールアドレス、パスコードの値。使用されるまで、最長{ $minutes }分間。
privacy-kept-limits = パスコードまたはサインインの要求時：メールアドレス、メッセージ、ネットワーク（IPアドレス）の値と時刻。際限のない要求を防ぐため{ $minutes }分間。
privacy-kept-session = サインイン中：メールアドレスとブラウザーのCookieの値。サインアウトまで、最長{ $minutes }分間。
privacy-kept-session-longer = サインインしたままにすることを選んだ場合：同じ値を最長{ $hours }時間。
privacy-kept-sign-in = アカウントでサインインした後：再利用を防ぐため、そのサインインの値を{ $minutes }分間。
privacy-kept-known = パスコードの使用後：ほかの人がお客様のパスコードの回数を使い切れないように、ブラウザーのCookieとメールアドレスの値を{ $days }日間。
privacy-kept-revoked = 差出人がメッセージを取り消した場合：再び読めるようになるまで、そのメッセージの値。
privacy-kept-backups = データベースのバックアップには、同じ値がより長く残ります。
privacy-cookies-title = Cookie
privacy-cookies = ポータルは、ご要望に応えるために必要なCookieだけを使います。ほかのサイトで追跡するものはありません。
privacy-cookie-browser =
    { $days ->
        [0] ブラウザーを閉じるまで、パスコードをブラウザーに結び付けます
       *[kept] パスコードをブラウザーに結び付けます。パスコードの使用後{ $days }日間、それ以外はブラウザーを閉じるまで
    }
privacy-cookie-session =
    { $hours ->
        [0] サインアウトするかブラウザーを閉じるまで、サインインした状態を保ちます
       *[kept] サインインした状態を保ちます。サインアウトするかブラウザーを閉じるまで、選択した場合は{ $hours }時間
    }
privacy-cookie-sign-in = アカウントでサインインする間、状態を保ちます。{ $minutes }分間
privacy-cookie-language = 選択した言語を1年間記憶します
privacy-browser = アカウントでサインインする間、封印されたメッセージはお戻りになるまでお客様ご自身のブラウザー内で待機します。お戻りにならない場合は、1時間以上たってから次にここでメッセージを読むときに削除されます。
privacy-log-title = 記録と統計
privacy-log = ポータルはページごとに、その種類、結果、所要時間を記録します。メールアドレス、IPアドレス、メッセージの内容は記録しません。手前にあるウェブサーバーが独自に記録することがあります。
privacy-figures = ポータルは、表示されたメッセージの数、サインインの方法、ブラウザーの種類、発生したエラーを日ごとに数えます。これらの数字から個人を特定することはできません。{ $days }日間保存され、{ $smallest }未満の数は表示されません。
privacy-others-title = 第三者に知られること
privacy-others-mail = パスコードは、この組織とお客様のメール事業者のメールサーバーを通じてメールで送られます。
privacy-others-pictures = ほかのコンピューターにある画像は、ご要望があった場合にだけ読み込まれます。その場合、そのコンピューターの運営者は、お客様のIPアドレスとメッセージを読んでいることを知ります。
privacy-others-providers = アカウント（{ $providers }）でサインインすると、そのサービスは、お客様がこのポータルを使ったことと時刻を知りますが、どのメッセージを読んだかは知りません。サービスはメールアドレスをポータルに伝え、上記の値だけが保存されます。
privacy-others-hint = そのサービスには、メッセージの送信先アドレスも伝えられます。
privacy-answer = 返信に書かれた内容はメールとして送られ、ここには保存されません。下書きはお客様ご自身のブラウザーに残ります。二重送信を防ぐため返信の値を、際限のない送信を防ぐためメールアドレスとネットワーク（IPアドレス）の値と時刻を、{ $minutes }分間保存します。
