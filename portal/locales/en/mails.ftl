# The portal's own mails. Lines are sent as they stand here: keep them shorter than 76 characters.

passcode-mail-subject = Your passcode to read a protected message (reference { $reference })
passcode-mail-subject-with = { $passcode } is your passcode to read a protected message (reference { $reference })
passcode-mail-before =
    You asked to read a protected message.
    This is your one-time passcode:
passcode-mail-after =
    Type it on the page that shows the same reference: { $reference }
    It is good for { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
    }, once, and only on that page.

    Never pass it on: nobody has a reason to ask you for it.

    You did not ask for a passcode? Then ignore this mail.
    Without the passcode nobody can read the message.
