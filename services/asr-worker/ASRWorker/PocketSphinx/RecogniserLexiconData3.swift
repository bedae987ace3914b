/// Continues ``RecogniserLexiconData``.
extension RecogniserLexiconData {
    static let third = #"""
        הזמנה	HH AA Z M AA N AA
        לתאם	L EY T AA EY M
        נתאם	N EY T AA EY M
        תיאום	T EY UW M
        פנוי	P AA N UW IY
        פנויה	P N UW Y AA
        פנויים	P N UW Y IY M
        תפוס	T AA F UW S
        מתאים	M AA T IY M
        מתאימה	M AA T IY M AA
        מתאימים	M AA T IY M IY M
        נוח	N OW AA K|N OW AA HH
        עדיף	AA D IY F
        רצוי	W AA T S UW IY|R AA T S UW IY
        אשר	AA SH EY W|AA SH EY R
        לאשר	L EY AA SH EY W|L EY AA SH EY R
        אישור	IY SH UW W|IY SH UW R
        מאושר	M EY UW SH AA W|M EY UW SH AA R
        אישרתי	IY SH AA W T IY|IY SH AA R T IY
        לסיכום	L EY S IY K UW M
        סיכום	S IY K UW M
        רשמתי	W AA SH AA M T IY|R AA SH AA M T IY
        רשמנו	W AA SH AA M N UW|R AA SH AA M N UW
        רושם	W OW SH EY M|R OW SH EY M
        רושמת	W OW SH EY M EY T|R OW SH EY M EY T
        פרטים	P W AA T IY M|P R AA T IY M
        הפרטים	HH AA P W AA T IY M|HH AA P R AA T IY M
        פרט	P W AA T|P R AA T
        נכונים	N EY K OW N IY M|N EY HH OW N IY M
        תיקון	T IY K UW N
        נתקן	N EY T AA K EY N
        אתקן	AA T AA K EY N
        שינוי	SH IY N UW IY
        נשנה	N EY SH AA N EY
        טעיתי	T AA IY T IY
        בחירה	B K IY W AA|B HH IY R AA
        לבחור	L IY V K OW W|L IY V HH OW R
        מבחינתך	M IY B K IY N AA T K AA|M IY B HH IY N AA T HH AA
        חיפוש	K IY P UW S|HH IY P UW S
        מחפשים	M EY K AA P S IY M|M EY HH AA P S IY M
        רוצים	W OW T S IY M|R OW T S IY M
        תרצה	T IY W T S EY|T IY R T S EY
        תרצו	T IY W T S UW|T IY R T S UW
        תרצי	T IY W T S IY|T IY R T S IY
        ברצונך	B IY W T S OW N K AA|B IY R T S OW N HH AA
        ברצונכם	B IY W T S OW N K EY M|B IY R T S OW N HH EY M
        מעוניינים	M EY UW N Y AA N IY M
        לעשות	L AA AA S OW T
        לראות	L IY W OW T|L IY R OW T
        לבוא	L AA V OW
        להגיע	L EY HH AA G IY AA
        לפגוש	L IY F G OW SH
        לתת	L AA T EY T
        למסור	L IY M S OW W|L IY M S OW R
        לקבל	L EY K AA B EY L
        לשלוח	L IY SH L OW AA K|L IY SH L OW AA HH
        נשלח	N IY SH L AA K|N IY SH L AA HH
        אשלח	EY SH L AA K|EY SH L AA HH
        שלחנו	SH AA L AA K N UW|SH AA L AA HH N UW
        הודעת	HH OW D AA AA T
        מסרון	M IY S W OW N|M IY S R OW N
        אימייל	IY M EY L
        דואר	D OW AA W|D OW AA R
        אתר	AA T AA W|AA T AA R
        טלפון	T EY L EY F OW N
        הטלפון	HH AA T EY L EY F OW N
        בטלפון	B AA T EY L EY F OW N
        לטלפון	L AA T EY L EY F OW N
        נייד	N AA Y AA D
        מספרך	M IY S P AA W K AA|M IY S P AA R HH AA
        המספר	HH AA M IY S P AA W|HH AA M IY S P AA R
        למספר	L AA M IY S P AA W|L AA M IY S P AA R
        שיחה	S IY K AA|S IY HH AA
        השיחה	HH AA S IY K AA|HH AA S IY HH AA
        שיחתך	S IY K AA T K AA|S IY HH AA T HH AA
        מוקלטת	M UW K L EY T EY T
        הקלטה	HH AA K L AA T AA
        להתקשר	L EY HH IY T K AA SH EY W|L EY HH IY T K AA SH EY R
        התקשרת	HH IY T K AA SH AA W T AA|HH IY T K AA SH AA R T AA
        התקשרתם	HH IY T K AA SH AA W T EY M|HH IY T K AA SH AA R T EY M
        נתקשר	N IY T K AA SH EY W|N IY T K AA SH EY R
        אתקשר	EY T K AA SH EY W|EY T K AA SH EY R
        יתקשר	Y IY T K AA SH EY W|Y IY T K AA SH EY R
        יתקשרו	Y IY T K AA SH W UW|Y IY T K AA SH R UW
        תתקשר	T IY T K AA SH EY W|T IY T K AA SH EY R
        לשיחה	L EY S IY K AA|L EY S IY HH AA
        חזרה	K AA Z AA W AA|HH AA Z AA R AA
        בחזרה	B AA K AA Z AA W AA|B AA HH AA Z AA R AA
        בהקדם	B AA HH EY K D EY M
        האפשרי	HH AA EY F SH AA W IY|HH AA EY F SH AA R IY
        אפשרות	EY F SH AA W UW T|EY F SH AA R UW T
        אפשרויות	EY F SH AA W UW Y OW T|EY F SH AA R UW Y OW T
        לצערי	L EY T S AA AA W IY|L EY T S AA AA R IY
        לצערנו	L EY T S AA AA W EY N UW|L EY T S AA AA R EY N UW
        מצאתי	M AA T S AA T IY
        מצאנו	M AA T S AA N UW
        הצלחתי	HH IY T S L AA K T IY|HH IY T S L AA HH T IY
        הצלחנו	HH IY T S L AA K N UW|HH IY T S L AA HH N UW
        תקלה	T AA K AA L AA
        בעיה	B EY AA Y AA
        המערכת	HH AA M AA AA W EY K EY T|HH AA M AA AA R EY HH EY T
        מערכת	M AA AA W EY K EY T|M AA AA R EY HH EY T
        ענה	AA N AA
        לענות	L AA AA N OW T
        זמין	Z AA M IY N
        זמינה	Z M IY N AA
        זמינים	Z M IY N IY M
        פתוח	P AA T UW AA K|P AA T UW AA HH
        פתוחים	P T UW K IY M|P T UW HH IY M
        סגור	S AA G UW W|S AA G UW R
        סגורים	S G UW W IY M|S G UW R IY M
        פתיחה	P T IY K AA|P T IY HH AA
        הפעילות	HH AA P EY IY L UW T
        פעילות	P EY IY L UW T
        עובדים	OW V D IY M
        שירות	SH EY W UW T|SH EY R UW T
        לשירותך	L EY SH EY W UW T K AA|L EY SH EY R UW T HH AA
        לשירותכם	L EY SH EY W UW T K EY M|L EY SH EY R UW T HH EY M
        לקוח	L AA K OW AA K|L AA K OW AA HH
        לקוחות	L EY K OW K OW T|L EY K OW HH OW T
        נוסף	N OW S AA F
        נוספת	N OW S EY F EY T
        נוספים	N OW S AA F IY M
        דבר	D AA V AA W|D AA V AA R
        משהו	M AA SH EY HH UW
        מישהו	M IY SH EY HH UW
        אחרת	AA K EY W EY T|AA HH EY R EY T
        אחרים	AA K EY W IY M|AA HH EY R IY M
        לסיים	L EY S AA Y EY M
        סיימנו	S IY Y AA M N UW
        תודות	T OW D OW T
        המון	HH AA M OW N
        יפה	Y AA F EY
        מצוין	M EY T S UW Y AA N
        מצוינת	M EY T S UW Y EY N EY T
        מעולה	M EY UW L EY
        נהדר	N EY HH EY D AA W|N EY HH EY D AA R
        יופי	Y OW F IY
        נעים	N AA IY M
        נתראה	N IY T W AA EY|N IY T R AA EY
        ניפגש	N IY P AA G EY SH
        להיפגש	L EY HH IY P AA G EY SH
        נחמד	N EY K M AA D|N EY HH M AA D
        בברכה	B IY V W AA K AA|B IY V R AA HH AA
        חג	K AA G|HH AA G
        שמח	S AA M EY AA K|S AA M EY AA HH
        דיגיטלי	D IY G IY T AA L IY
        דיגיטלית	D IY G IY T AA L IY T
        וירטואלי	V IY W T UW AA L IY|V IY R T UW AA L IY
        וירטואלית	V IY W T UW AA L IY T|V IY R T UW AA L IY T
        אוטומטי	OW T OW M AA T IY
        אוטומטית	OW T OW M AA T IY T
        העוזרת	HH AA OW Z EY W EY T|HH AA OW Z EY R EY T
        העוזר	HH AA OW Z EY W|HH AA OW Z EY R
        עוזר	OW Z EY W|OW Z EY R
        עוזרת	OW Z EY W EY T|OW Z EY R EY T
        מענה	M AA AA N EY
        רובוט	W OW B OW T|R OW B OW T
        אדם	AA D AA M
        אנושי	EY N OW SH IY
        קול	K OW L
        קצר	K AA T S AA W|K AA T S AA R
        קצרה	K T S AA W AA|K T S AA R AA
        לאט	L EY AA T
        ברור	B AA W UW W|B AA R UW R
        בקול	B EY K OW L
        קו	K AA V
        הקו	HH AA K AA V
        נסו	N AA S UW
        ננסה	N EY N AA S EY
        לנסות	L EY N AA S OW T
        נסה	N AA S EY
        מחדש	M EY K AA D AA SH|M EY HH AA D AA SH
        המשך	HH EY M SH EY K|HH EY M SH EY HH
        להמשיך	L EY HH AA M SH IY K|L EY HH AA M SH IY HH
        נמשיך	N AA M SH IY K|N AA M SH IY HH
        ממשיכים	M AA M SH IY K IY M|M AA M SH IY HH IY M
        להתחיל	L EY HH AA T K IY L|L EY HH AA T HH IY L
        נתחיל	N AA T K IY L|N AA T HH IY L
        התחלה	HH AA T K AA L AA|HH AA T HH AA L AA
        סיום	S IY Y UW M
        פרטיות	P W AA T IY Y UW T|P R AA T IY Y UW T
        מדיניות	M EY D IY N IY Y UW T
        הסכמה	HH AA S K AA M AA
        מסכים	M AA S K IY M
        מסכימה	M AA S K IY M AA
        בטוח	B AA T UW AA K|B AA T UW AA HH
        בטוחה	B EY T UW K AA|B EY T UW HH AA
        מוכן	M UW K AA N|M UW HH AA N
        מוכנה	M UW K AA N AA|M UW HH AA N AA
        סוג	S UW G
        עסקה	IY S K AA
        העסקה	HH AA IY S K AA
        השקעה	HH AA SH K AA AA
        להשקעה	L EY HH AA SH K AA AA
        משכנתא	M AA SH K AA N T AA
        יועץ	Y OW EY T S
        ייעוץ	Y IY UW T S
        ליווי	L IY V UW IY
        הערכה	HH AA AA W AA K AA|HH AA AA R AA HH AA
        שמאי	SH AA M AY|SH AA M AY IY|SH AA M AA IY
        חוזה	K OW Z EY|HH OW Z EY
        עורך	OW W EY K|OW R EY HH
        דין	D IY N
        שמור	SH AA M UW W|SH AA M UW R
        שמרנו	SH AA M AA W N UW|SH AA M AA R N UW
        התקבלה	HH IY T K AA B L AA
        התקבל	HH IY T K AA B EY L
        נקלט	N IY K L AA T
        נרשמה	N IY W SH EY M AA|N IY R SH EY M AA
        נשמרה	N IY SH M EY W AA|N IY SH M EY R AA
        בשמחה	B EY S IY M K AA|B EY S IY M HH AA
        כמובן	K AA M UW V AA N
        בהחלט	B EY HH EY K L EY T|B EY HH EY HH L EY T
        לחלוטין	L AA K AA L UW T IY N|L AA HH AA L UW T IY N
        בדרך	B AA D EY W EY K|B AA D EY R EY HH
        כלל	K L AA L
        למרות	L AA M W OW T|L AA M R OW T
        חיפשת	K IY P AA S T AA|HH IY P AA S T AA
        ניתן	N IY T AA N
        מאשרים	M EY AA SH W IY M|M EY AA SH R IY M
        מעל	M EY AA L
        מתחת	M IY T AA K AA T|M IY T AA HH AA T
        סביב	S AA V IY V
        בערך	B EY EY W EY K|B EY EY R EY HH
        כמעט	K IY M AA T
        בדיקה	B D IY K AA
        לבדוק	L IY V D OW K
        בודק	B OW D EY K
        בודקת	B OW D EY K EY T
        נבדוק	N IY V D OW K
        אבדוק	EY V D OW K
        שאלות	SH EY EY L OW T
        תשובה	CH UW V AA
        לשאול	L IY SH OW L
        אשאל	EY SH AA L
        מידע	M EY D AA
        נושא	N OW S EY
        בנושא	B EY N OW S EY
        הצעה	HH AA T S AA AA
        רשימה	W EY SH IY M AA|R EY SH IY M AA
        נחמדה	N EY K M AA D AA|N EY HH M AA D AA
        ענקית	AA N AA K IY T
        דופלקס	D UW P L EY K S
        סטודיו	S T UW D Y OW
        בניין	B IY N Y AA N
        וילה	V IY L AA
        מגרש	M IY G W AA SH|M IY G R AA SH
        פרויקט	P W OW Y EY K T|P R OW Y EY K T
        קבלן	K AA B L AA N
        יד	Y AA D
        """#
}
