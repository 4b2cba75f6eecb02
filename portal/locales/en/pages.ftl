# The pages around a message.

## On every page

footer = This portal keeps no messages. It forgets yours as soon as this page is sent.
language = Language
language-change = Change
sign-out = Sign out
signed-out = You are signed out
    .body = Close this window, and on a computer that others use too, the whole browser.

## The start page, and the form for a file
## $file is the name of a file, message.html.

start-title = Read a protected message
start-choose = The mail that you received has an attachment, { $file }. Choose that file here, or drop it onto the field.
start-no-script = Did you come here by a link in the mail? That works only with JavaScript, which is off in your browser. Open the attachment { $file } of the same mail instead, or choose it above: that works without.
file-label = The file message.html, or the saved mail
file-open = Open the message

## The page that asks the reader to prove his address
## $provider is the name of a service, such as Google.

prove-title = Is this message for you?
prove-one = This message can be read by the person it was sent to. Please prove that you are that person.
prove-several = This message can be read by the people it was sent to. Please prove that you are one of them.
prove-signed-out = Your sign-in is over. Please prove your address again.
prove-other-address = You are signed in with an address that this message was not sent to. Prove the address at which you received it, or sign in with another account.
prove-other-way = You are signed in, but the sender of this message asks for another proof of your address.
prove-sign-in = Sign in with { $provider }
prove-too-many =
    { $minutes ->
        [one] No passcode was sent: too many were asked for. You can ask for one in one minute.
       *[other] No passcode was sent: too many were asked for. You can ask for one in { $minutes } minutes.
    }
prove-too-many-account = You can also sign in with an account now.
prove-or-passcode = Or by a passcode
prove-or-account = Or with an account
prove-which-account = If one of these accounts has the address at which you received the message, you can sign in with it.
prove-passcode-one = We mail a one-time passcode to the address that the message was sent to; you type it on the next page.
prove-passcode-several = Type the address at which you received the message. We mail a one-time passcode to that address; you type it on the next page.
prove-no-address = Type a whole address, such as name@example.org.
prove-address = Your mail address
prove-send = Send me a passcode
prove-keep =
    { $hours ->
        [one] Keep me signed in on this computer for one hour after I sign in with an account
       *[other] Keep me signed in on this computer for { $hours } hours after I sign in with an account
    }

## The page that asks for the passcode
## $address is what the reader has typed, $reference six letters and digits.

passcode-title = Type your passcode
passcode-sent = A mail with a passcode is on its way to the address that this message was sent to.
passcode-sent-to = If { $address } is one of the addresses that this message was sent to, a mail with a passcode is on its way there.
passcode-reference = It has the reference { $reference }.
passcode-minutes =
    { $minutes ->
        [one] The passcode is good for one minute.
       *[other] The passcode is good for { $minutes } minutes.
    }
passcode-wrong = That passcode is wrong, or no longer good. Type it again, or have a new one sent.
passcode-missing = Type the passcode from the mail: it has 8 digits.
passcode-label = Passcode (8 digits)
passcode-keep =
    { $hours ->
        [one] Keep me signed in on this computer for one hour
       *[other] Keep me signed in on this computer for { $hours } hours
    }
passcode-read = Read the message
passcode-again = Send a new passcode
passcode-too-many =
    { $minutes ->
        [one] No further passcode was sent: too many were asked for. Those that you already have are still good for their time. You can ask for another one in one minute.
       *[other] No further passcode was sent: too many were asked for. Those that you already have are still good for their time. You can ask for another one in { $minutes } minutes.
    }
passcode-help-title = No mail after two minutes?
passcode-help-junk = Look in the junk or spam folder for a mail from { $from }.
passcode-help-quarantine = At work, a filter may hold the mail in quarantine: look there, or ask the people who run your mail to let mails from this address through.
passcode-help-address = Is { $address } the very address at which you received the message? If not, go back and type that one.
passcode-help-again = Have a new passcode sent. If several mails arrive, the passcode of each is good.
passcode-help-tries = Wrong passcodes can be typed only a few times.

## Signing in with a service

departure-title = Signing in
departure-heading = Signing in with { $provider }
departure-text = You are being taken to { $provider }, and come back here when you have signed in.
departure-go = Go on to { $provider }
signed-in-title = You are signed in
signed-in-opening = Your message is being opened.
signed-in-again = Go back to the mail, open its attachment { $file } once more and press the button in it: the message opens at once. Or choose the file here.
not-signed-in-title = You are not signed in
not-signed-in-text = To read a message, open the attachment { $file } of the mail that brought you here, and press the button in it.
