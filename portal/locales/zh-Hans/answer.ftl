# 答复邮件：撰写页面和发送后的页面。

answer-reply = 答复
answer-reply-all = 全部答复
answer-forward = 转发
answer-forward-participants = 此邮件只能转发给发件人和邮件中列出的收件人。
answer-forward-domains = 此邮件可以转发到 { $domains } 的地址，以及发件人和邮件中列出的收件人。
answer-subject = 主题
answer-text = 邮件内容
answer-files-hint = 最多 { $files } 个文件，总共不超过 { $size }。
answer-original = 附上原邮件及其附件
answer-copy = 给我发送一份副本
answer-send = 发送
answer-back = 返回邮件
answer-hint = 您的邮件受到保护：组织外的收件人会以与您相同的方式收到它。

## 正文开头

answer-quoted = { $author } 于 { $date } 写道：
answer-quoted-without-date = { $author } 写道：
answer-forwarded = 转发的邮件

## 未发送的原因

answer-not-sent = 您的邮件未发送。
answer-files-again = 如果您添加了附件，请重新选择。
answer-later = 您写的内容没有丢失。请等待一分钟后继续。
answer-go-on = 继续
answer-fault-no-address = 请输入收件人的地址。
answer-fault-nobody = 请至少选择一位收件人。
answer-fault-address = 您输入的内容不是以逗号分隔的地址（例如 name@example.org）。
answer-fault-not-allowed = 此邮件不允许转发到其中某个地址。
answer-fault-recipients = 收件人数量超过一封邮件的上限。
answer-fault-empty = 您的邮件还没有内容。
answer-fault-text = 您的正文太长。
answer-fault-files = 您最多可以添加 { $files } 个文件。
answer-fault-file-bytes = 附件总共不能超过 { $size }。
answer-fault-too-many = 您在短时间内发送了许多邮件。请在 { $minutes } 分钟后重试。
answer-fault-busy = 门户非常繁忙。请一分钟后重试。
answer-fault-unavailable = 您的邮件现在无法发送。请几分钟后重试。
answer-fault-unsure = 邮件服务器没有确认是否已接收您的邮件。邮件可能已经发送。如果再次发送，对方可能会收到两次。
answer-fault-under-way = 您的邮件正在发送。请稍候再按一次“发送”，即可看到结果。
answer-fault-sent-other = 先前已从本页发送过一封邮件。您现在写的内容与之不同：如果也要发送，请按“发送”。
answer-fault-refused = 邮件服务器拒绝了您的邮件。如果再次发生，请用其他方式答复。

## 发送后的页面

sent-title = 您的邮件已发送
sent-before = 此邮件先前已发送，没有再次发送。
sent-to = 已发送给：
sent-copy = 副本正在发送给您。
