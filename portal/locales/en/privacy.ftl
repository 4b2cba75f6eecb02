# What the portal keeps, and what others learn.
privacy-link = Privacy
privacy-title = Privacy
privacy-updated = Last updated: { $date }
privacy-controller = This portal is run by: { $controller }
privacy-message-title = Your message
privacy-message = Your message lies sealed in your own mailbox. This portal opens it only to show it to you, and keeps no copy. Your mail address, your passcode and the message are stored nowhere here.
privacy-kept-title = What is kept, and for how long
privacy-kept = Between two pages the portal keeps codes (keyed hashes) that nobody can turn back into what they were made of:
privacy-kept-passcode = When a passcode is sent: codes of your browser’s cookie, the message, your address and the passcode, until you use it, at most { $minutes } min.
privacy-kept-limits = When a passcode or a sign-in is asked for: codes of your address, the message and your network (IP address), and the time, for { $minutes } min, so that nobody can ask without end.
privacy-kept-session = While you are signed in: codes of your address and of your browser’s cookie, until you sign out, at most { $minutes } min.
privacy-kept-session-longer = If you choose to stay signed in: the same, at most { $hours } h.
privacy-kept-sign-in = After you have signed in with an account: a code of that sign-in, for { $minutes } min, so that nobody can use it again.
privacy-kept-known = After you have used a passcode: codes of your browser’s cookie and your address, for { $days } days, so that nobody else can use up the passcodes that you may ask for.
privacy-kept-revoked = When a sender withdraws a message: a code of that message, until it is made readable again.
privacy-kept-backups = Backups of the database hold the same codes for longer.
privacy-cookies-title = Cookies
privacy-cookies = The portal sets only cookies that are needed for what you ask of it. None of them follows you to other sites.
privacy-cookie-browser =
    { $days ->
        [0] binds passcodes to your browser until you close it
       *[kept] binds passcodes to your browser: for { $days } days after you have used one, else until you close the browser
    }
privacy-cookie-session =
    { $hours ->
        [0] keep you signed in until you sign out or close the browser
       *[kept] keep you signed in until you sign out or close the browser, or for { $hours } h if you choose so
    }
privacy-cookie-sign-in = holds your place while you sign in with an account, for { $minutes } min
privacy-cookie-language = remembers the language that you have chosen, for a year
privacy-browser = While you sign in with an account, the sealed message waits in your own browser until you are back. If you do not come back, it is removed there when you next read a message here, after one hour at the earliest.
privacy-log-title = Records and figures
privacy-log = For each page the portal records what kind of page it was, how it ended and how long it took: no mail address, no IP address, nothing of the message. The web server in front of it may keep records of its own.
privacy-figures = The portal counts, day by day, how many messages were viewed, in which ways people signed in, which kinds of browser they used and which errors occurred. Nobody can be recognised in these figures. They are kept for { $days } days, and numbers below { $smallest } are not shown.
privacy-others-title = What others learn
privacy-others-mail = A passcode is sent to you by mail, by way of the mail servers of this organisation and of your own mail provider.
privacy-others-pictures = Pictures on other computers are loaded only if you ask for it. Whoever runs those computers then learns your IP address, and that you are reading the message.
privacy-others-providers = If you sign in with an account ({ $providers }), that service learns that you use this portal, and when, but not which message you read. It tells the portal your address, of which only the codes named above are kept.
privacy-others-hint = That service is also told the address that the message was sent to.
privacy-answer = What you write in an answer goes out as a mail and is not kept here; a draft stays in your own browser. A code of it is kept for { $minutes } min, so that it is not sent twice, and for as long, codes of your address and your network (IP address), with the time, so that nobody can send without end.
