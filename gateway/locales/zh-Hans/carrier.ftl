# 载体邮件和 message.html。

heading = 受保护的邮件
intro = { $sender } 给您发送了一封受保护的邮件。
nobody = 有人
button = 阅读邮件
proof = 您需要证明此邮箱属于您，例如使用发送给您的一次性验证码。
open_file = 要阅读，请打开附件 { $file } 并按下“{ $button }”。
or_open_file = 如果按钮无效，请打开附件 { $file } 并按下其中的“{ $button }”。
or_choose_file = 如果文件无法在此设备上打开，请保存它，并在此页面选择：
portal_button = 前往门户
open_link = 要阅读，请打开此链接：
only_at = 此邮件只能在 { $portal } 打开。
no_reply = 直接回复此邮件不受保护：请在显示邮件的页面上回复。
patience = 较大的邮件可能需要一点时间。
if_button_fails = 如果按钮无效
step_save = 将此文件保存到您的设备。
step_open = 在浏览器中打开 { $portal }。
step_choose = 在那里选择此文件。
