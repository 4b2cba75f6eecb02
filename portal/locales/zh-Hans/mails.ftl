# 门户自己的邮件。各行按此处所写发送。

passcode-mail-subject = 您用于阅读受保护邮件的验证码（参考号 { $reference }）
passcode-mail-subject-with = { $passcode } 是您阅读受保护邮件的验证码（参考号 { $reference }）
passcode-mail-before =
    您请求阅读一封受保护的邮件。
    这是您的一次性验证码：
passcode-mail-after =
    请在显示相同参考号的页面上输入：{ $reference }
    它在 { $minutes ->
       *[other] { $minutes } 分钟
    }内有效，只能使用一次，且只能在该页面使用。

    切勿转告他人：没有人有理由向您索取。

    您没有请求验证码？那么请忽略此邮件。
    没有验证码，任何人都无法阅读该邮件。
