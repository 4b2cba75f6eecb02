# 显示邮件的页面，以及打印页面。

message-title = 受保护的邮件
message-print = 打印视图
message-save = 保存邮件
message-label = 邮件
message-label-nested = 邮件中的邮件
message-frame = 邮件正文
message-no-subject = （无主题）
message-empty = 此邮件没有正文。
message-from = 发件人
message-to = 收件人
message-cc = 抄送
message-date = 日期
message-more =
    { $count ->
       *[other] 另有 { $count } 个
    }
message-cut = 列表过长，无法在此全部显示。
message-nested = 此邮件中的邮件：
message-nested-from = ，发件人：{ $author }
print-how = 要打印此邮件，请使用浏览器的打印功能。

## 附件

attachments = 附件
attachment-view = 查看
attachment-view-this = 查看 { $name }
attachment-save = 保存
attachment-save-this = 保存 { $name }
attachments-save = 全部保存为一个 ZIP 文件
attachments-withheld = 此邮件的发件人不允许下载其附件：
size-bytes =
    { $bytes ->
       *[other] { $bytes } 字节
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole }.{ $tenths } MB

## 发件人的请求

asked-title = 发件人对您的请求
asked-no-print = 请不要打印此邮件。
asked-no-forward = 请不要将此邮件转给他人。
asked-hint = 这些是请求，而不是锁。本门户不提供这样做的途径，但屏幕上的内容总有办法被复制。

## 读者应知道的事

notice-remote =
    { $count ->
       *[other] 此邮件有 { $count } 张图片位于其他计算机上，未予显示。
    }
notice-remote-tells = 加载图片会让那些计算机得知您打开了此邮件、打开的时间以及您的网络地址。
notice-remote-load = 加载图片
notice-remote-loaded = 此邮件的图片来自其他计算机，它们现在知道您打开了此邮件。
notice-omitted =
    { $count ->
       *[other] 有 { $count } 张图片过大，无法在此显示。
    }
notice-too-complex = 此邮件带格式的版本过于复杂，无法安全显示，因此您看到的是其文本。
notice-cut = 此邮件过长，无法完整显示。完整文本在附件中。
notice-pgp = 发件人还使用 PGP 对此邮件加密，其密钥只有您拥有。请保存此邮件，并在您使用 PGP 的程序中打开。
notice-smime = 发件人还使用 S/MIME 对此邮件加密，其证书只有您拥有。请保存此邮件，并在装有您证书的邮件程序中打开。
notice-smime-signed = 发件人使用 S/MIME 以只有邮件程序才能读取的形式对此邮件签名。请保存此邮件，并在您的邮件程序中打开。
notice-signed = 发件人已对此邮件签名。此处不验证签名；要验证，请保存此邮件并在您的邮件程序中打开。
notice-not-opened = 此邮件中的部分邮件不在此处打开。要阅读它们，请保存后在邮件程序中打开。
notice-parts = 此邮件包含超过 1000 个部分，无法在此显示。您可以保存并在邮件程序中打开。
notice-depth = 此邮件各部分嵌套过深，无法在此显示。您可以保存并在邮件程序中打开。
notice-header = 此邮件的某个邮件头过长，无法在此显示。您可以保存并在邮件程序中打开。
notice-unsaved-closed = 只有其他程序才能显示此邮件，而发件人不允许保存。请向发件人询问其他阅读方式。
notice-unsaved-cut = 此邮件过长，无法完整显示，而发件人不允许保存。请向发件人询问阅读其余内容的其他方式。
notice-unsaved-signed = 发件人已对此邮件签名。此处不验证签名。
notice-unsaved-nested = 此邮件中的部分邮件不在此处打开，且发件人不允许保存它们。

## 日历活动

event = 日历活动
event-cancelled = 此活动已取消
event-invitation = 邀请
event-answer = 对邀请的答复
event-other-time = 建议另选时间
event-told = 活动
event-no-title = （无标题）
event-begins = 开始
event-ends = 结束
event-repeats = 重复
event-daily = 按日；规则见日历文件
event-weekly = 按周；规则见日历文件
event-monthly = 按月；规则见日历文件
event-yearly = 按年；规则见日历文件
event-repeated = 是；规则见日历文件
event-where = 地点
event-host = 组织者
event-guests = 嘉宾
event-accepted = 已接受
event-declined = 已拒绝
event-tentative = 待定

## 日期

date-day =
    { $year }年{ $month }月{ $day }日 星期{ $weekday ->
         [1] 一
         [2] 二
         [3] 三
         [4] 四
         [5] 五
         [6] 六
        *[7] 日
    }
date-minute = { $date } { $time }
date-zone = { $moment } ({ $zone })
