# Answering a message: the page on which a reader writes, and the page that says that it was sent.

answer-reply = Reply
answer-reply-all = Reply to all
answer-forward = Forward
answer-forward-participants = This message may only be passed on to its author and to the recipients that it names.
answer-forward-domains = This message may be passed on to addresses at { $domains }, to its author, and to the recipients that it names.
answer-subject = Subject
answer-text = Message
answer-files-hint =
    { $files ->
        [one] One file at most, { $size } at most.
       *[other] { $files } files at most, { $size } together.
    }
answer-original = Attach the message itself, with its attachments
answer-copy = Send me a copy
answer-send = Send
answer-back = Back to the message
answer-hint = Your message is protected: recipients outside the organisation get it in the way you got yours.

## What the text begins with

answer-quoted = On { $date }, { $author } wrote:
answer-quoted-without-date = { $author } wrote:
answer-forwarded = Forwarded message

## Why it was not sent

answer-not-sent = Your message was not sent.
answer-files-again = If you had attached files, please choose them again.
answer-later = Nothing that you wrote is lost. Please wait a minute, then go on.
answer-go-on = Go on
answer-fault-no-address = Type the address of somebody who is to get the message.
answer-fault-nobody = Choose at least one person who is to get the message.
answer-fault-address = What you typed is no list of addresses such as name@example.org, with commas between them.
answer-fault-not-allowed = This message may not be passed on to one of these addresses.
answer-fault-recipients = That is more recipients than one message may have.
answer-fault-empty = There is nothing in your message yet.
answer-fault-text = Your text is too long.
answer-fault-files =
    { $files ->
        [one] You may attach one file at most.
       *[other] You may attach { $files } files at most.
    }
answer-fault-file-bytes = The attachments may have { $size } together at most.
answer-fault-too-many =
    { $minutes ->
        [one] You have sent many messages in a short time. Please try again in one minute.
       *[other] You have sent many messages in a short time. Please try again in { $minutes } minutes.
    }
answer-fault-busy = The portal is very busy. Please try again in a minute.
answer-fault-unavailable = Your message can't be sent now. Please try again in a few minutes.
answer-fault-unsure = The mail server did not say whether it took your message. It may have been sent. If you send it again, it may arrive twice.
answer-fault-under-way = Your message is just being sent. Please wait a moment and press “Send” again: you will then see what came of it.
answer-fault-sent-other = A message was sent from this page before. What you have written now differs from it: press “Send” if it is to be sent as well.
answer-fault-refused = The mail server refuses your message. If that happens again, please answer in another way.

## The page after it was sent

sent-title = Your message was sent
sent-before = This message was sent already, and was not sent again.
sent-to = It went to:
sent-copy = A copy is on its way to you.
