# מענה להודעה: הדף שבו כותבים, והדף שאחריו.

answer-reply = השב
answer-reply-all = השב לכולם
answer-forward = העבר
answer-forward-participants = אפשר להעביר את ההודעה הזאת רק לשולח שלה ולנמענים הנזכרים בה.
answer-forward-domains = אפשר להעביר את ההודעה הזאת לכתובות ב-{ $domains }, לשולח שלה ולנמענים הנזכרים בה.
answer-subject = נושא
answer-text = הודעה
answer-files-hint = מספר הקבצים המרבי: { $files }, ובסך הכול עד { $size }.
answer-original = צירוף ההודעה עצמה עם הקבצים המצורפים אליה
answer-copy = שליחת עותק אליי
answer-send = שליחה
answer-back = חזרה להודעה
answer-hint = ההודעה שלכם מוגנת: נמענים מחוץ לארגון מקבלים אותה כפי שקיבלתם את שלכם.

## תחילת הטקסט

answer-quoted = { $author } ({ $date }):
answer-quoted-without-date = { $author }:
answer-forwarded = הודעה שהועברה

## מדוע לא נשלחה

answer-not-sent = ההודעה שלכם לא נשלחה.
answer-files-again = אם צירפתם קבצים, נא לבחור אותם שוב.
answer-later = דבר ממה שכתבתם לא אבד. נא להמתין דקה ואז להמשיך.
answer-go-on = המשך
answer-fault-no-address = נא להקליד את הכתובת של מי שאמור לקבל את ההודעה.
answer-fault-nobody = נא לבחור לפחות אדם אחד שיקבל את ההודעה.
answer-fault-address = מה שהקלדתם אינו רשימת כתובות כגון name@example.org, מופרדות בפסיקים.
answer-fault-not-allowed = אין להעביר את ההודעה הזאת לאחת הכתובות האלה.
answer-fault-recipients = מספר הנמענים גדול מן המותר להודעה אחת.
answer-fault-empty = ההודעה שלכם עדיין ריקה.
answer-fault-text = הטקסט ארוך מדי.
answer-fault-files = מספר הקבצים המצורפים המרבי: { $files }.
answer-fault-file-bytes = גודל הקבצים המצורפים יחד מוגבל ל-{ $size }.
answer-fault-too-many = נשלחו הודעות רבות בזמן קצר. נא לנסות שוב בעוד מספר דקות: { $minutes }.
answer-fault-busy = הפורטל עמוס מאוד. נא לנסות שוב בעוד דקה.
answer-fault-unavailable = לא ניתן לשלוח את ההודעה כעת. נא לנסות שוב בעוד כמה דקות.
answer-fault-unsure = שרת הדואר לא הודיע אם קיבל את ההודעה. ייתכן שהיא נשלחה. שליחה חוזרת עלולה לגרום לה להגיע פעמיים.
answer-fault-under-way = ההודעה שלכם נשלחת כעת. נא להמתין רגע וללחוץ שוב על ״שליחה״: אז תראו מה עלה בגורלה.
answer-fault-sent-other = כבר נשלחה הודעה מהדף הזה, ומה שכתבתם עכשיו שונה ממנה. אם גם הוא אמור להישלח, נא ללחוץ על ״שליחה״.
answer-fault-refused = שרת הדואר דוחה את ההודעה. אם הדבר יקרה שוב, נא להשיב בדרך אחרת.

## הדף שאחריו

sent-title = ההודעה שלכם נשלחה
sent-before = ההודעה הזאת כבר נשלחה, ולא נשלחה שוב.
sent-to = היא נשלחה אל:
sent-copy = עותק בדרך אליכם.
