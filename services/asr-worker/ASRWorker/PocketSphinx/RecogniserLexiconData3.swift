/// Continues ``RecogniserLexiconData``.
extension RecogniserLexiconData {
    static let third = #"""
        הזמנה	HH AA Z M AA N AA
        לתאם	L EH T AA EH M
        נתאם	N EH T AA EH M
        תיאום	T EH UW M
        פנוי	P AA N UW IY
        פנויה	P N UW Y AA
        פנויים	P N UW Y IY M
        תפוס	T AA F UW S
        מתאים	M AA T IY M
        מתאימה	M AA T IY M AA
        מתאימים	M AA T IY M IY M
        נוח	N OW AA HH
        עדיף	AA D IY F
        רצוי	R AA T S UW IY
        אשר	AA SH EH R
        לאשר	L EH AA SH EH R
        אישור	IY SH UW R
        מאושר	M EH UW SH AA R
        אישרתי	IY SH AA R T IY
        לסיכום	L EH S IY K UW M
        סיכום	S IY K UW M
        רשמתי	R AA SH AA M T IY
        רשמנו	R AA SH AA M N UW
        רושם	R OW SH EH M
        רושמת	R OW SH EH M EH T
        פרטים	P R AA T IY M
        הפרטים	HH AA P R AA T IY M
        פרט	P R AA T
        נכונים	N EH HH OW N IY M
        תיקון	T IY K UW N
        נתקן	N EH T AA K EH N
        אתקן	AA T AA K EH N
        שינוי	SH IY N UW IY
        נשנה	N EH SH AA N EH
        טעיתי	T AA IY T IY
        בחירה	B HH IY R AA
        לבחור	L IY V HH OW R
        מבחינתך	M IY B HH IY N AA T HH AA
        חיפוש	HH IY P UW S
        מחפשים	M EH HH AA P S IY M
        רוצים	R OW T S IY M
        תרצה	T IY R T S EH
        תרצו	T IY R T S UW
        תרצי	T IY R T S IY
        ברצונך	B IY R T S OW N HH AA
        ברצונכם	B IY R T S OW N HH EH M
        מעוניינים	M EH UW N Y AA N IY M
        לעשות	L AA AA S OW T
        לראות	L IY R OW T
        לבוא	L AA V OW
        להגיע	L EH HH AA G IY AA
        לפגוש	L IY F G OW SH
        לתת	L AA T EH T
        למסור	L IY M S OW R
        לקבל	L EH K AA B EH L
        לשלוח	L IY SH L OW AA HH
        נשלח	N IY SH L AA HH
        אשלח	EH SH L AA HH
        שלחנו	SH AA L AA HH N UW
        הודעת	HH OW D AA AA T
        מסרון	M IY S R OW N
        אימייל	IY M EY L
        דואר	D OW AA R
        אתר	AA T AA R
        טלפון	T EH L EH F OW N
        הטלפון	HH AA T EH L EH F OW N
        בטלפון	B AA T EH L EH F OW N
        לטלפון	L AA T EH L EH F OW N
        נייד	N AA Y AA D
        מספרך	M IY S P AA R HH AA
        המספר	HH AA M IY S P AA R
        למספר	L AA M IY S P AA R
        שיחה	S IY HH AA
        השיחה	HH AA S IY HH AA
        שיחתך	S IY HH AA T HH AA
        מוקלטת	M UW K L EH T EH T
        הקלטה	HH AA K L AA T AA
        להתקשר	L EH HH IY T K AA SH EH R
        התקשרת	HH IY T K AA SH AA R T AA
        התקשרתם	HH IY T K AA SH AA R T EH M
        נתקשר	N IY T K AA SH EH R
        אתקשר	EH T K AA SH EH R
        יתקשר	Y IY T K AA SH EH R
        יתקשרו	Y IY T K AA SH R UW
        תתקשר	T IY T K AA SH EH R
        לשיחה	L EH S IY HH AA
        חזרה	HH AA Z AA R AA
        בחזרה	B AA HH AA Z AA R AA
        בהקדם	B AA HH EH K D EH M
        האפשרי	HH AA EH F SH AA R IY
        אפשרות	EH F SH AA R UW T
        אפשרויות	EH F SH AA R UW Y OW T
        לצערי	L EH T S AA AA R IY
        לצערנו	L EH T S AA AA R EH N UW
        מצאתי	M AA T S AA T IY
        מצאנו	M AA T S AA N UW
        הצלחתי	HH IY T S L AA HH T IY
        הצלחנו	HH IY T S L AA HH N UW
        תקלה	T AA K AA L AA
        בעיה	B EH AA Y AA
        המערכת	HH AA M AA AA R EH HH EH T
        מערכת	M AA AA R EH HH EH T
        ענה	AA N AA
        לענות	L AA AA N OW T
        זמין	Z AA M IY N
        זמינה	Z M IY N AA
        זמינים	Z M IY N IY M
        פתוח	P AA T UW AA HH
        פתוחים	P T UW HH IY M
        סגור	S AA G UW R
        סגורים	S G UW R IY M
        פתיחה	P T IY HH AA
        הפעילות	HH AA P EH IY L UW T
        פעילות	P EH IY L UW T
        עובדים	OW V D IY M
        שירות	SH EH R UW T
        לשירותך	L EH SH EH R UW T HH AA
        לשירותכם	L EH SH EH R UW T HH EH M
        לקוח	L AA K OW AA HH
        לקוחות	L EH K OW HH OW T
        נוסף	N OW S AA F
        נוספת	N OW S EH F EH T
        נוספים	N OW S AA F IY M
        דבר	D AA V AA R
        משהו	M AA SH EH HH UW
        מישהו	M IY SH EH HH UW
        אחרת	AA HH EH R EH T
        אחרים	AA HH EH R IY M
        לסיים	L EH S AA Y EH M
        סיימנו	S IY Y AA M N UW
        תודות	T OW D OW T
        המון	HH AA M OW N
        יפה	Y AA F EH
        מצוין	M EH T S UW Y AA N
        מצוינת	M EH T S UW Y EH N EH T
        מעולה	M EH UW L EH
        נהדר	N EH HH EH D AA R
        יופי	Y OW F IY
        נעים	N AA IY M
        נתראה	N IY T R AA EH
        ניפגש	N IY P AA G EH SH
        להיפגש	L EH HH IY P AA G EH SH
        נחמד	N EH HH M AA D
        בברכה	B IY V R AA HH AA
        חג	HH AA G
        שמח	S AA M EH AA HH
        דיגיטלי	D IY G IY T AA L IY
        דיגיטלית	D IY G IY T AA L IY T
        וירטואלי	V IY R T UW AA L IY
        וירטואלית	V IY R T UW AA L IY T
        אוטומטי	OW T OW M AA T IY
        אוטומטית	OW T OW M AA T IY T
        העוזרת	HH AA OW Z EH R EH T
        העוזר	HH AA OW Z EH R
        עוזר	OW Z EH R
        עוזרת	OW Z EH R EH T
        מענה	M AA AA N EH
        רובוט	R OW B OW T
        אדם	AA D AA M
        אנושי	EH N OW SH IY
        קול	K OW L
        קצר	K AA T S AA R
        קצרה	K T S AA R AA
        לאט	L EH AA T
        ברור	B AA R UW R
        בקול	B EH K OW L
        קו	K AA V
        הקו	HH AA K AA V
        נסו	N AA S UW
        ננסה	N EH N AA S EH
        לנסות	L EH N AA S OW T
        נסה	N AA S EH
        מחדש	M EH HH AA D AA SH
        המשך	HH EH M SH EH HH
        להמשיך	L EH HH AA M SH IY HH
        נמשיך	N AA M SH IY HH
        ממשיכים	M AA M SH IY HH IY M
        להתחיל	L EH HH AA T HH IY L
        נתחיל	N AA T HH IY L
        התחלה	HH AA T HH AA L AA
        סיום	S IY Y UW M
        פרטיות	P R AA T IY Y UW T
        מדיניות	M EH D IY N IY Y UW T
        הסכמה	HH AA S K AA M AA
        מסכים	M AA S K IY M
        מסכימה	M AA S K IY M AA
        בטוח	B AA T UW AA HH
        בטוחה	B EH T UW HH AA
        מוכן	M UW HH AA N
        מוכנה	M UW HH AA N AA
        סוג	S UW G
        עסקה	IY S K AA
        העסקה	HH AA IY S K AA
        השקעה	HH AA SH K AA AA
        להשקעה	L EH HH AA SH K AA AA
        משכנתא	M AA SH K AA N T AA
        יועץ	Y OW EH T S
        ייעוץ	Y IY UW T S
        ליווי	L IY V UW IY
        הערכה	HH AA AA R AA HH AA
        שמאי	SH AA M AY
        חוזה	HH OW Z EH
        עורך	OW R EH HH
        דין	D IY N
        שמור	SH AA M UW R
        שמרנו	SH AA M AA R N UW
        התקבלה	HH IY T K AA B L AA
        התקבל	HH IY T K AA B EH L
        נקלט	N IY K L AA T
        נרשמה	N IY R SH EH M AA
        נשמרה	N IY SH M EH R AA
        בשמחה	B EH S IY M HH AA
        כמובן	K AA M UW V AA N
        בהחלט	B EH HH EH HH L EH T
        לחלוטין	L AA HH AA L UW T IY N
        בדרך	B AA D EH R EH HH
        כלל	K L AA L
        למרות	L AA M R OW T
        חיפשת	HH IY P AA S T AA
        ניתן	N IY T AA N
        מאשרים	M EH AA SH R IY M
        מעל	M EH AA L
        מתחת	M IY T AA HH AA T
        סביב	S AA V IY V
        בערך	B EH EH R EH HH
        כמעט	K IY M AA T
        בדיקה	B D IY K AA
        לבדוק	L IY V D OW K
        בודק	B OW D EH K
        בודקת	B OW D EH K EH T
        נבדוק	N IY V D OW K
        אבדוק	EH V D OW K
        שאלות	SH EH EH L OW T
        תשובה	CH UW V AA
        לשאול	L IY SH OW L
        אשאל	EH SH AA L
        מידע	M EY D AA
        נושא	N OW S EH
        בנושא	B EH N OW S EH
        הצעה	HH AA T S AA AA
        רשימה	R EH SH IY M AA
        נחמדה	N EH HH M AA D AA
        ענקית	AA N AA K IY T
        דופלקס	D UW P L EH K S
        סטודיו	S T UW D Y OW
        בניין	B IY N Y AA N
        וילה	V IY L AA
        מגרש	M IY G R AA SH
        פרויקט	P R OW Y EH K T
        קבלן	K AA B L AA N
        יד	Y AA D
        """#
}
