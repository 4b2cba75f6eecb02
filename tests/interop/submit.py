"""Hands a mail in as a mail program does: submit.py PORT starttls|tls|plain PASSWORD FROM TO FILE.

Prints "sent" or the server's refusal. An empty password is no attempt to log in.
"""

import smtplib
import ssl
import sys


def main() -> str:
    port, way, password, sender, recipient, file = sys.argv[1:]
    # The test's certificate is nobody's.
    context = ssl._create_unverified_context()
    if way == "tls":
        session = smtplib.SMTP_SSL("127.0.0.1", int(port), context=context, timeout=60)
    else:
        session = smtplib.SMTP("127.0.0.1", int(port), timeout=60)
    with session, open(file, "rb") as mail:
        try:
            if way == "starttls":
                session.starttls(context=context)
            if password and way != "plain":
                session.login("alice", password)
            session.sendmail(sender, [recipient], mail.read())
        except smtplib.SMTPRecipientsRefused as refusal:
            code, text = refusal.recipients[recipient]
            return f"{code} {text.decode()}"
        except smtplib.SMTPResponseException as refusal:
            return f"{refusal.smtp_code} {refusal.smtp_error.decode()}"
    return "sent"


if __name__ == "__main__":
    print(main())
