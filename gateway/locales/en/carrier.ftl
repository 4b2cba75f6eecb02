# The carrier mail and message.html. Every text is one line; places such as { $sender } are filled in for each mail.

# The heading, and the title of the page.
heading = Protected message
# Who has sent it.
intro = { $sender } has sent you a protected message.
# What stands for the sender where the mail names none.
nobody = Somebody
# The label of the button to read.
button = Read the message
# What is asked of the reader.
proof = You will be asked to prove that this mailbox is yours, for instance with a one-time passcode that is mailed to you.
# How to read where the mail has no link.
open_file = To read it, open the attached file { $file } and press “{ $button }”.
# How to read where the link fails and a file is attached.
or_open_file = If the button does not work, open the attached file { $file } and press “{ $button }” there.
# What to do where the file does not open.
or_choose_file = If the file does not open on this device, save it and choose it on this page:
# The label of the button that leads to the portal.
portal_button = Go to the portal
# How to read by the link, in the mail's plain text.
open_link = To read it, open this link:
# Where the message opens.
only_at = The message opens only at { $portal }.
# That an answer to the carrier mail goes in clear.
no_reply = Replying to this mail is not protected: reply on the page that shows the message instead.
# The hint below the button of the page.
patience = A large message may take a moment.
# The heading above the steps below.
if_button_fails = If the button does not work
# The three steps.
step_save = Save this file on your device.
step_open = Open { $portal } in your browser.
step_choose = Choose this file there.
