# 邮件周围的页面。

## 每个页面

footer = 本门户不保存邮件。此页面一经发送，您的邮件即被清除。
language = 语言
language-change = 切换
sign-out = 退出登录
signed-out = 您已退出登录
    .body = 请关闭此窗口；如果是与他人共用的电脑，请关闭整个浏览器。

## 起始页面和选择文件的表单

start-title = 阅读受保护的邮件
start-choose = 您收到的邮件带有附件 { $file }。请在此选择该文件，或将其拖放到下面的输入框。
start-no-script = 您是通过邮件中的链接来到这里的吗？这需要 JavaScript，而您的浏览器已将其关闭。请改为打开同一封邮件的附件 { $file }，或在上面选择它：这样无需 JavaScript 即可阅读。
file-label = 文件 message.html，或已保存的邮件
file-open = 打开邮件

## 要求证明的页面

prove-title = 这封邮件是发给您的吗？
prove-one = 只有收件人才能阅读此邮件。请证明您就是收件人。
prove-several = 只有收件人才能阅读此邮件。请证明您是其中一位收件人。
prove-signed-out = 您的登录已结束。请重新证明您的地址。
prove-other-address = 您登录所用的地址不是此邮件的收件地址。请证明您收到此邮件的地址，或使用其他帐户登录。
prove-other-way = 您已登录，但此邮件的发件人要求以其他方式证明您的地址。
prove-sign-in = 使用 { $provider } 登录
prove-too-many = 由于请求次数过多，未发送验证码。请在 { $minutes } 分钟后再请求。
prove-too-many-account = 您也可以现在使用帐户登录。
prove-or-passcode = 或使用一次性验证码
prove-or-account = 或使用帐户
prove-which-account = 如果其中某个帐户的地址就是您收到此邮件的地址，您可以用它登录。
prove-passcode-one = 我们会将一次性验证码发送到此邮件的收件地址；请在下一页输入。
prove-passcode-several = 请输入您收到此邮件的地址。我们会将一次性验证码发送到该地址；请在下一页输入。
prove-no-address = 请输入完整的地址，例如 name@example.org。
prove-address = 您的邮件地址
prove-send = 发送验证码
prove-keep =
    { $hours ->
       *[other] 使用帐户登录后，在此电脑上保持登录 { $hours } 小时
    }

## 要求验证码的页面

passcode-title = 请输入验证码
passcode-sent = 一封含有验证码的邮件正发往此邮件的收件地址。
passcode-sent-to = 如果 { $address } 是此邮件的收件地址之一，一封含有验证码的邮件正发往该地址。
passcode-reference = 其参考号为 { $reference }。
passcode-minutes =
    { $minutes ->
       *[other] 验证码在 { $minutes } 分钟内有效。
    }
passcode-wrong = 该验证码有误，或已失效。请重新输入，或获取新的验证码。
passcode-missing = 请输入电子邮件中的 8 位验证码。
passcode-label = 验证码（8 位数字）
passcode-keep =
    { $hours ->
       *[other] 在此电脑上保持登录 { $hours } 小时
    }
passcode-read = 阅读邮件
passcode-again = 发送新的验证码
passcode-too-many = 由于请求次数过多，未再发送验证码。您已收到的验证码在有效期内仍可使用。请在 { $minutes } 分钟后再请求新的验证码。
passcode-help-title = 两分钟后仍未收到邮件？
passcode-help-junk = 请在垃圾邮件文件夹中查找来自 { $from } 的邮件。
passcode-help-quarantine = 在工作单位，过滤器可能会隔离该邮件：请到隔离区查看，或请邮件管理员放行来自此地址的邮件。
passcode-help-address = { $address } 是您收到此邮件的地址吗？如果不是，请返回并输入正确的地址。
passcode-help-again = 请重新发送验证码。如果收到多封邮件，每封邮件中的验证码都有效。
passcode-help-tries = 错误的验证码只能输入有限的几次。

## 在某项服务登录

departure-title = 登录
departure-heading = 使用 { $provider } 登录
departure-text = 正在前往 { $provider }，登录后将返回此处。
departure-go = 继续前往 { $provider }
signed-in-title = 您已登录
signed-in-opening = 正在打开您的邮件。
signed-in-again = 请返回邮件，再次打开附件 { $file }，并按下其中的按钮：邮件会立即打开。或在此选择该文件。
not-signed-in-title = 您未登录
not-signed-in-text = 要阅读邮件，请打开带您来到此处的邮件的附件 { $file }，并按下其中的按钮。
