# What the portal keeps, and what others learn.
privacy-link = 隐私
privacy-title = 隐私
privacy-updated = 最后更新：{ $date }
privacy-controller = 本门户的运营者：{ $controller }
privacy-message-title = 您的邮件
privacy-message = 您的邮件以密封形式存放在您自己的邮箱中。本门户打开它只是为了向您显示，不保留任何副本。您的邮件地址、验证码和邮件内容都不会存储在这里。
privacy-kept-title = 保存的内容和期限
privacy-kept = 在两个页面之间，本门户保存一些代码（带密钥的散列值），任何人都无法由此还原其来源：
privacy-kept-passcode = 发送验证码时：浏览器 Cookie、邮件、您的地址和验证码的代码，直到您使用验证码，最长 { $minutes } 分钟。
privacy-kept-limits = 请求验证码或登录时：您的地址、邮件和您的网络（IP 地址）的代码以及时间，保存 { $minutes } 分钟，以防止无休止的请求。
privacy-kept-session = 在您登录期间：您的地址和浏览器 Cookie 的代码，直到您退出，最长 { $minutes } 分钟。
privacy-kept-session-longer = 如果您选择保持登录：同样的代码，最长 { $hours } 小时。
privacy-kept-sign-in = 使用帐户登录后：该次登录的代码，保存 { $minutes } 分钟，以防止他人再次使用。
privacy-kept-known = 您使用验证码之后：浏览器 Cookie 和您的地址的代码，保存 { $days } 天，以防止他人用尽您可以请求的验证码。
privacy-kept-revoked = 发件人撤回邮件时：该邮件的代码，直到邮件重新可读。
privacy-kept-backups = 数据库备份会更长时间地保留同样的代码。
privacy-cookies-title = Cookie
privacy-cookies = 本门户只设置为满足您的请求所必需的 Cookie。它们都不会在其他网站上跟踪您。
privacy-cookie-browser =
    { $days ->
        [0] 将验证码与您的浏览器绑定，直到您关闭浏览器
       *[kept] 将验证码与您的浏览器绑定：使用验证码后 { $days } 天，否则直到您关闭浏览器
    }
privacy-cookie-session =
    { $hours ->
        [0] 保持您的登录状态，直到您退出或关闭浏览器
       *[kept] 保持您的登录状态，直到您退出或关闭浏览器；如果您选择保持登录，则为 { $hours } 小时
    }
privacy-cookie-sign-in = 在您使用帐户登录期间保留您的进度，{ $minutes } 分钟
privacy-cookie-language = 记住您选择的语言，为期一年
privacy-browser = 在您使用帐户登录期间，密封的邮件在您自己的浏览器中等待您返回。如果您没有返回，它会在至少一小时之后、您下次在此阅读邮件时被删除。
privacy-log-title = 记录和统计
privacy-log = 对于每个页面，本门户记录页面的种类、结果和所用时间：不记录邮件地址、IP 地址或邮件内容。前面的网络服务器可能有自己的记录。
privacy-figures = 本门户按天统计查看了多少邮件、以何种方式登录、使用了哪类浏览器以及发生了哪些错误。这些数字无法识别任何人。它们保存 { $days } 天，小于 { $smallest } 的数字不会显示。
privacy-others-title = 他人会知道什么
privacy-others-mail = 验证码通过邮件发送给您，经过本组织和您的邮件服务商的邮件服务器。
privacy-others-pictures = 只有在您要求时，才会加载其他计算机上的图片。届时，这些计算机的运营者会知道您的 IP 地址以及您正在阅读该邮件。
privacy-others-providers = 如果您使用帐户（{ $providers }）登录，该服务会知道您使用了本门户以及时间，但不知道您阅读哪封邮件。它会把您的地址告知本门户，本门户只保存上述代码。
privacy-others-hint = 该服务还会得知邮件的收件地址。
privacy-answer = 您在回复中写的内容作为邮件发出，不保存在这里；草稿留在您自己的浏览器中。回复的代码保存 { $minutes } 分钟，以免重复发送；您的地址和您的网络（IP 地址）的代码以及时间也保存同样长的时间，以防止无休止的发送。
