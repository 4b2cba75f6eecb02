# הדף שמציג הודעה, והדף להדפסה.

message-title = הודעה מוגנת
message-print = תצוגה להדפסה
message-save = שמירת ההודעה
message-label = הודעה
message-label-nested = הודעה בתוך ההודעה
message-frame = תוכן ההודעה
message-no-subject = (ללא נושא)
message-empty = אין בהודעה זו תוכן.
message-from = מאת
message-to = אל
message-cc = העתק
message-date = תאריך
message-more =
    { $count ->
        [one] ועוד אחד
        [two] ועוד שניים
       *[other] ועוד { $count }
    }
message-cut = הרשימה ארוכה מכדי להציגה כאן.
message-nested = הודעה בתוך הודעה זו:
message-nested-from = , מאת { $author }
print-how = כדי להדפיס הודעה זו, נא להשתמש בפקודת ההדפסה של הדפדפן.

## קבצים מצורפים

attachments = קבצים מצורפים
attachment-view = הצגה
attachment-view-this = הצגת { $name }
attachment-save = שמירה
attachment-save-this = שמירת { $name }
attachments-save = שמירת הכול כקובץ ZIP אחד
attachments-withheld = שולח ההודעה אינו מתיר להוריד את הקבצים המצורפים שלה:
size-bytes =
    { $bytes ->
        [one] בייט אחד
        [two] שני בייטים
       *[other] { $bytes } בייטים
    }
size-kilobytes = { $kilobytes } קילובייט
size-megabytes = { $whole }.{ $tenths } מגהבייט

## מה שהשולח מבקש

asked-title = מה שהשולח מבקש ממך
asked-no-print = נא לא להדפיס הודעה זו.
asked-no-forward = נא לא להעביר הודעה זו הלאה.
asked-hint = אלה בקשות ולא מנעולים. פורטל זה אינו מציע דרך לעשות זאת, אך שום דבר אינו יכול למנוע העתקה של מה שמוצג על מסך.

## מה שכדאי לדעת

notice-remote =
    { $count ->
        [one] תמונה אחת של הודעה זו נמצאת במחשב אחר ואינה מוצגת.
        [two] שתי תמונות של הודעה זו נמצאות במחשבים אחרים ואינן מוצגות.
       *[other] { $count } תמונות של הודעה זו נמצאות במחשבים אחרים ואינן מוצגות.
    } טעינת תמונות מגלה למחשבים האלה שההודעה נפתחה, מתי, ומאיזו כתובת רשת.
notice-remote-load = טעינת התמונות
notice-remote-loaded = התמונות של הודעה זו מגיעות ממחשבים אחרים, שיודעים עכשיו שההודעה נפתחה.
notice-omitted =
    { $count ->
        [one] תמונה אחת גדולה מכדי להציגה כאן.
        [two] שתי תמונות גדולות מכדי להציגן כאן.
       *[other] { $count } תמונות גדולות מכדי להציגן כאן.
    }
notice-too-complex = הגרסה המעוצבת של הודעה זו מורכבת מכדי להציגה בבטחה, ולכן מוצג הטקסט שלה.
notice-cut = הודעה זו ארוכה מכדי להציגה במלואה. הטקסט המלא נמצא בין הקבצים המצורפים.
notice-pgp = השולח הצפין הודעה זו נוסף על כך באמצעות PGP, עבור מפתח שנמצא רק בידך. נא לשמור את ההודעה ולפתוח אותה בתוכנה המשמשת אותך ל־PGP.
notice-smime = השולח הצפין הודעה זו נוסף על כך באמצעות S/MIME, עבור אישור שנמצא רק בידך. נא לשמור את ההודעה ולפתוח אותה בתוכנת הדואר שבה נמצא האישור.
notice-smime-signed = השולח חתם על הודעה זו באמצעות S/MIME בצורה שרק תוכנות דואר יכולות לקרוא. נא לשמור את ההודעה ולפתוח אותה בתוכנת הדואר.
notice-signed = השולח חתם על הודעה זו. החתימה אינה נבדקת כאן; כדי לבדוק אותה, נא לשמור את ההודעה ולפתוח אותה בתוכנת הדואר.
notice-not-opened = חלק מההודעות שבתוך הודעה זו אינן נפתחות כאן. כדי לקרוא אותן, נא לשמור אותן ולפתוח בתוכנת דואר.
notice-parts = אי אפשר להציג הודעה זו כאן, כי יש בה יותר מ־1000 חלקים. אפשר לשמור אותה ולפתוח בתוכנת דואר.
notice-depth = אי אפשר להציג הודעה זו כאן, כי חלקיה מקוננים לעומק רב מדי. אפשר לשמור אותה ולפתוח בתוכנת דואר.
notice-header = אי אפשר להציג הודעה זו כאן, כי אחת הכותרות שבה ארוכה מדי. אפשר לשמור אותה ולפתוח בתוכנת דואר.

## אירועים

event = אירוע ביומן
event-cancelled = אירוע זה בוטל
event-invitation = הזמנה
event-answer = תשובה להזמנה
event-other-time = מוצע מועד אחר
event-told = אירוע
event-no-title = (ללא כותרת)
event-begins = התחלה
event-ends = סיום
event-repeats = חזרה
event-daily = בימים; הכלל נמצא בקובץ היומן
event-weekly = בשבועות; הכלל נמצא בקובץ היומן
event-monthly = בחודשים; הכלל נמצא בקובץ היומן
event-yearly = בשנים; הכלל נמצא בקובץ היומן
event-repeated = כן; הכלל נמצא בקובץ היומן
event-where = מקום
event-host = מאת
event-guests = אורחים
event-accepted = אישור
event-declined = סירוב
event-tentative = אולי

## תאריכים

date-day =
    יום { $weekday ->
         [1] שני
         [2] שלישי
         [3] רביעי
         [4] חמישי
         [5] שישי
         [6] שבת
        *[7] ראשון
    }, { $day } ב{ $month ->
         [1] ינואר
         [2] פברואר
         [3] מרץ
         [4] אפריל
         [5] מאי
         [6] יוני
         [7] יולי
         [8] אוגוסט
         [9] ספטמבר
         [10] אוקטובר
         [11] נובמבר
        *[12] דצמבר
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
