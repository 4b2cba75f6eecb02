# The page that shows a message, and the page to be printed.

message-title = Protected message
message-print = Print view
message-save = Save the message
message-label = Message
message-label-nested = Message in the message
message-frame = Text of the message
message-no-subject = (no subject)
message-empty = This message has no text.
message-from = From
message-to = To
message-cc = Cc
message-date = Date
message-more =
    { $count ->
        [one] one more
       *[other] { $count } more
    }
message-cut = The list is longer than can be shown here.
message-nested = Message in this message:
# Follows the subject of a message in the message.
message-nested-from = , from { $author }
print-how = To print this message, use the print command of your browser.

## Attachments

attachments = Attachments
attachment-view = View
attachment-view-this = View { $name }
attachment-save = Save
attachment-save-this = Save { $name }
attachments-save = Save all as one ZIP file
attachments-withheld = The sender of this message does not allow its attachments to be downloaded:
size-bytes =
    { $bytes ->
        [one] 1 byte
       *[other] { $bytes } bytes
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole }.{ $tenths } MB

## What the sender asks

asked-title = What the sender asks of you
asked-no-print = Please do not print this message.
asked-no-forward = Please do not pass this message on.
asked-hint = These are requests, not locks. This portal offers no way to do it, but nothing can keep what stands on a screen from being copied.

## What the reader should know

notice-remote =
    { $count ->
        [one] One picture of this message is on other computers and not shown.
       *[other] { $count } pictures of this message are on other computers and not shown.
    }
notice-remote-tells = Loading pictures tells those computers that you opened this message, when, and from which network address.
notice-remote-load = Load the pictures
notice-remote-loaded = The pictures of this message come from other computers, which now know that you opened it.
notice-omitted =
    { $count ->
        [one] One picture is too large to be shown here.
       *[other] { $count } pictures are too large to be shown here.
    }
notice-too-complex = The formatted version of this message is too complex to be shown safely, so you see its text.
notice-cut = This message is too long to be shown whole. The complete text is among the attachments.
notice-pgp = The sender encrypted this message with PGP besides, for a key that only you have. Save the message, and open it in the program that you use for PGP.
notice-smime = The sender encrypted this message with S/MIME besides, for a certificate that only you have. Save the message, and open it in the mail program that has your certificate.
notice-smime-signed = The sender signed this message with S/MIME in a form that only mail programs can read. Save the message, and open it in your mail program.
notice-signed = The sender signed this message. The signature is not checked here; to check it, save the message and open it in your mail program.
notice-not-opened = Some messages within this message are not opened here. Save them to read them in a mail program.
notice-parts = This message can't be shown here, as it has more than 1000 parts. You can save it and open it in a mail program.
notice-depth = This message can't be shown here, as its parts are nested too deep. You can save it and open it in a mail program.
notice-header = This message can't be shown here, as a header section in it is too long. You can save it and open it in a mail program.
# Where the sender does not allow the message to be saved.
notice-unsaved-closed = Only another program could show this message, and the sender does not allow it to be saved. Please ask the sender for another way to read it.
notice-unsaved-cut = This message is too long to be shown whole, and the sender does not allow it to be saved. Please ask the sender for another way to read the rest.
notice-unsaved-signed = The sender signed this message. The signature is not checked here.
notice-unsaved-nested = Some messages within this message are not opened here, and the sender does not allow them to be saved.

## Calendar events

event = Calendar event
event-cancelled = This event is cancelled
event-invitation = Invitation
event-answer = Answer to an invitation
event-other-time = Another time is suggested
event-told = Event
event-no-title = (no title)
event-begins = Begins
event-ends = Ends
event-repeats = Repeats
event-daily = In days; the rule is in the calendar file
event-weekly = In weeks; the rule is in the calendar file
event-monthly = In months; the rule is in the calendar file
event-yearly = In years; the rule is in the calendar file
event-repeated = Yes; the rule is in the calendar file
event-where = Where
event-host = Host
event-guests = Guests
event-accepted = accepted
event-declined = declined
event-tentative = perhaps

## Dates
## $weekday counts from Monday; $zone is such as UTC+01:00.

date-day =
    { $weekday ->
         [1] Monday
         [2] Tuesday
         [3] Wednesday
         [4] Thursday
         [5] Friday
         [6] Saturday
        *[7] Sunday
    }, { $day } { $month ->
         [1] January
         [2] February
         [3] March
         [4] April
         [5] May
         [6] June
         [7] July
         [8] August
         [9] September
         [10] October
         [11] November
        *[12] December
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
