# الرد على رسالة: صفحة الكتابة والصفحة التي تليها.

answer-reply = رد
answer-reply-all = رد على الجميع
answer-forward = إعادة توجيه
answer-forward-participants = لا يُسمح بإعادة توجيه هذه الرسالة إلا إلى مرسلها والمستلمين المذكورين فيها.
answer-forward-domains = يُسمح بإعادة توجيه هذه الرسالة إلى عناوين في { $domains } وإلى مرسلها والمستلمين المذكورين فيها.
answer-subject = الموضوع
answer-text = الرسالة
answer-files-hint = الحد الأقصى لعدد الملفات: { $files }، وحجمها معًا: { $size }.
answer-original = إرفاق الرسالة نفسها مع مرفقاتها
answer-copy = إرسال نسخة إليّ
answer-send = إرسال
answer-back = العودة إلى الرسالة
answer-hint = رسالتكم محمية: يتلقاها المستلمون خارج المؤسسة بالطريقة التي تلقيتم بها رسالتكم.

## بداية النص

answer-quoted = كتب { $author } ({ $date }):
answer-quoted-without-date = كتب { $author }:
answer-forwarded = رسالة معاد توجيهها

## سبب عدم الإرسال

answer-not-sent = لم تُرسل رسالتكم.
answer-files-again = إن كنتم قد أرفقتم ملفات، فيرجى اختيارها من جديد.
answer-later = لم يضع شيء مما كتبتموه. يُرجى الانتظار دقيقة ثم المتابعة.
answer-go-on = متابعة
answer-fault-no-address = يرجى كتابة عنوان من سيتلقى الرسالة.
answer-fault-nobody = يرجى اختيار شخص واحد على الأقل ليتلقى الرسالة.
answer-fault-address = ما كتبتموه ليس قائمة عناوين مثل name@example.org تفصل بينها فواصل.
answer-fault-not-allowed = لا يُسمح بإعادة توجيه هذه الرسالة إلى أحد هذه العناوين.
answer-fault-recipients = عدد المستلمين أكبر مما يُسمح به لرسالة واحدة.
answer-fault-empty = رسالتكم ما زالت فارغة.
answer-fault-text = النص طويل جدًا.
answer-fault-files = الحد الأقصى لعدد الملفات المرفقة: { $files }.
answer-fault-file-bytes = لا يجوز أن يتجاوز حجم المرفقات معًا { $size }.
answer-fault-too-many = أُرسلت رسائل كثيرة في وقت قصير. يرجى إعادة المحاولة بعد مدة بالدقائق: { $minutes }.
answer-fault-busy = البوابة مشغولة جدًا. يرجى إعادة المحاولة بعد دقيقة.
answer-fault-unavailable = لا يمكن إرسال رسالتكم الآن. يرجى إعادة المحاولة بعد بضع دقائق.
answer-fault-unsure = لم يُفد خادم البريد بما إذا كان قد قبل رسالتكم؛ وربما تكون قد أُرسلت. إذا أرسلتموها مرة أخرى فقد تصل مرتين.
answer-fault-under-way = رسالتكم قيد الإرسال الآن. يرجى الانتظار قليلًا ثم الضغط على «إرسال» مرة أخرى، وعندها ترون ما آلت إليه.
answer-fault-sent-other = سبق إرسال رسالة من هذه الصفحة، وما كتبتموه الآن مختلف عنها. إذا أردتم إرساله أيضًا فيرجى الضغط على «إرسال».
answer-fault-refused = رفض خادم البريد رسالتكم. إذا تكرر ذلك، فيرجى الرد بطريقة أخرى.

## الصفحة التالية

sent-title = أُرسلت رسالتكم
sent-before = سبق إرسال هذه الرسالة، ولم تُرسل مرة أخرى.
sent-to = أُرسلت إلى:
sent-copy = نسخة في طريقها إليكم.
