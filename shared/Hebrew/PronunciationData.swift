/// The pronunciation lexicon of the embedded voice, checked by hand.
///
/// One entry per line: a word or a fixed phrase, a tab, espeak-ng phonemes. Phonemes are separated into words by single
/// spaces; `'` stands before a stressed vowel. `Q"` is the uvular ר, `X` is ח and כ without dagesh, `?` a glottal stop.
/// A phrase is listed where its words are read differently than alone (`שני חדרים` against `יום שני`).
/// Lines that begin with `#` are headings.
enum PronunciationData {
    static let parts = [first, second, third, fourth, fifth, sixth]

    static let first = #"""
        # answers
        אבי	'avi
        אביב	av'iv
        אברהם	avQ"ah'am
        אוקיי	ok'ej
        אורי	'uQ"i
        אורלי	'oQ"li
        אזור	ez'oQ"
        אזורים	ezoQ"'im
        אחד	eX'ad
        אחר	aX'aQ"
        אחרי	aXaQ"'ei
        אחת	aX'at
        אין	'ein
        איתי	it'ai
        אלי	'eli
        אליי	el'ai
        אליך	el'eXa
        אלייך	el'aiX
        אליכם	aleiX'em
        אמיר	am'iQ"
        אמרת	am'aQ"ta
        אני	an'i
        אסתר	est'eQ"
        אפשר	efS'aQ"
        ארבע	'aQ"ba
        ארבעה	aQ"ba?'a
        אשדוד	aSd'od
        אשמח	esm'aX
        את	'et
        באר	b'e?eQ"
        בבוקר	bab'okeQ"
        בבקשה	bevakaS'a
        בדיוק	bedij'uk
        בטח	b'etaX
        ביום	bej'om
        ביי	b'ai
        בסדר	bes'edeQ"
        בערב	ba?'eQ"ev
        בצהריים	batsohoQ"'aim
        בת	b'at
        גבעתיים	giv?at'aim
        גיא	g'ai
        גמור	gam'uQ"
        גן	g'an
        דוד	dav'id
        דירה	diQ"'a
        דירת	diQ"'at
        דירות	diQ"'ot
        דנה	d'ana
        דניאל	dani?'el
        הבנתי	hev'anti
        הוא	h'u
        החדרים	haXadaQ"'im
        היום	haj'om
        הכל	hak'ol
        העיר	ha?'iQ"
        הצהריים	hatsohoQ"'aim
        הקרוב	hakaQ"'ov
        הרצליה	heQ"tsel'ija
        השכרה	haskaQ"'a
        השם	haS'em
        השעה	haSa?'a
        התאריך	hata?aQ"'iX
        וחצי	vaX'etsi
        ולהתראות	velehitQ"a?'ot
        זה	z'e
        זו	z'o
        חדר	X'edeQ"
        חדרים	XadaQ"'im
        חדרי	XadQ"'ei
        חולון	Xol'on
        חיים	X'aim
        חיפה	X'eifa
        חמישה	XamiS'a
        חמישי	XamiS'i
        חמש	Xam'eS
        טוב	t'ov
        טל	t'al
        טעות	ta?'ut
        יום	j'om
        יונתן	jonat'an
        יוסי	j'osi
        ים	j'am
        יעל	ja?'el
        יעקב	ja?ak'ov
        יצחק	jitsX'ak
        ירושלים	jeQ"uSal'aim
        יש	j'eS
        כן	k'en
        לא	l'o
        להשכיר	lehask'iQ"
        להשכרה	lehaskaQ"'a
        להתראות	lehitQ"a?'ot
        לחזור	laXz'oQ"
        לי	l'i
        ליאת	li?'at
        למכור	limk'oQ"
        למכירה	limXiQ"'a
        לקנות	likn'ot
        לקנייה	liknij'a
        לרכוש	liQ"k'oS
        לשכור	lisk'oQ"
        לשנות	leSan'ot
        לתקן	letak'en
        מאיה	m'aja
        מאשר	me?aS'eQ"
        מאשרת	me?aS'eQ"et
        מדבר	medab'eQ"
        מדברת	medab'eQ"et
        מה	m'a
        מוכר	moX'eQ"
        מוכרת	moX'eQ"et
        מחפש	meXap'es
        מחפשת	meXap'eset
        מחר	maX'aQ"
        מחרתיים	maXaQ"at'aim
        מיכל	miX'al
        מכירה	meXiQ"'a
        ממש	mam'aS
        מספר	misp'aQ"
        מעוניין	me?unj'an
        מעוניינת	me?unj'enet
        מרים	miQ"j'am
        משה	moS'e
        נועה	n'o?a
        נועם	n'o?am
        נכון	naX'on
        נכונה	neXon'a
        נתניה	net'anja
        סליחה	sliX'a
        עד	'ad
        עוד	'od
        עומר	'omeQ"
        עידו	id'o
        עכשיו	aXS'av
        על	'al
        עם	'im
        עשר	'eseQ"
        פגישה	pgiS'a
        פעם	p'a?am
        צורך	ts'oQ"eX
        צריך	tsaQ"'iX
        צריכה	tsQ"iX'a
        קוראים	koQ"'im
        קנייה	knij'a
        ראשון	Q"iS'on
        רבה	Q"ab'a
        רביעי	Q"evi?'i
        רון	Q"'on
        רונית	Q"on'it
        רוצה	Q"ots'e
        רותי	Q"'uti
        רחל	Q"aX'el
        רמת	Q"am'at
        רעננה	Q"a?an'ana
        רק	Q"'ak
        שאלה	Se?el'a
        שבע	S'eva
        שירה	SiQ"'a
        שישה	SiS'a
        שישי	SiS'i
        שיתקשרו	SejitkaSQ"'u
        שכירות	sXiQ"'ut
        בשכירות	bisXiQ"'ut
        שלוש	Sal'oS
        שלושה	SloS'a
        שלי	Sel'i
        שלישי	SliS'i
        שמי	Sm'i
        שמעתי	Sam'ati
        שני	Sen'i
        שניים	Sn'aim
        שרה	s'aQ"a
        שש	S'eS
        שתיים	St'aim
        שתים	St'eim
        תודה	tod'a
        תחזרו	taXzeQ"'u
        תל	t'el
        תמר	tam'aQ"
        תשע	t'eSa
        תתקשרו	titkaSQ"'u
        # phrases whose words are read differently
        שני חדרים	Sn'ei XadaQ"'im
        שני חדרי	Sn'ei XadQ"'ei
        שתי אפשרויות	St'ei efSaQ"uj'ot
        יום שני	j'om Sen'i
        אחת עשרה	aX'at esQ"'e
        שתים עשרה	St'eim esQ"'e
        שלוש עשרה	Sl'oS esQ"'e
        תל אביב	tel av'iv
        באר שבע	be?eQ" S'eva
        רמת גן	Q"amat g'an
        בת ים	bat j'am
        ראש העין	Q"oS ha?'ajin
        כפר סבא	kfaQ" s'aba
        פתח תקווה	p'etaX t'ikva
        ראשון לציון	Q"iS'on letsij'on
        בית שמש	beit S'emeS
        קריית גת	kiQ"jat g'at
        הוד השרון	hod haSaQ"'on
        רמת השרון	Q"amat haSaQ"'on
        אחר הצהריים	aX'aQ" hatsohoQ"'aim
        אחרי הצהריים	aXaQ"'ei hatsohoQ"'aim
        עשרים ואחת	esQ"'im ve?aX'at
        עשר דקות	'eseQ" dak'ot
        בית ספר	beit s'efeQ"
        דמי תיווך	dm'ei tiv'uX
        מה השם	m'a haS'em
        אי אפשר	'i efS'aQ"
        לא ניתן	l'o nit'an
        בבקשה המתינו	bevakaS'a hamt'inu
        # numbers
        אפס	'efes
        שניה	Snij'a
        שתי	St'ei
        ארבעת	aQ"b'a?at
        שמונה	Sm'one
        תשעה	tiS?'a
        שבעה	Siv?'a
        עשרים	esQ"'im
        שלושים	SloS'im
        ארבעים	aQ"ba?'im
        חמישים	XamiS'im
        שישים	SiS'im
        שבעים	Siv?'im
        שמונים	Smon'im
        תשעים	tiS?'im
        מאה	me?'a
        מאות	me?'ot
        מאתיים	mat'aim
        אלף	'elef
        אלפיים	alp'aim
        אלפים	alaf'im
        מיליון	milj'on
        מיליונים	miljon'im
        חצי	X'etsi
        רבע	Q"'eva
        ורבע	vaQ"'eva
        דקה	dak'a
        דקות	dak'ot
        ראשונה	Q"iSon'a
        שנייה	Snij'a
        שלישית	SliS'it
        רביעית	Q"evi?'it
        שקל	S'ekel
        שקלים	Skal'im
        שקלי	Sikl'ei
        אחוז	aX'uz
        אחוזים	aXuz'im
        מטר	m'eteQ"
        מטרים	metQ"'im
        פעמיים	pa?am'aim
        פעמים	pe?am'im
        אחדים	aXad'im
        כמה	k'ama
        # days, months, time of day
        שבת	Sab'at
        בשבת	beSab'at
        שבוע	Sav'u?a
        השבוע	haSav'u?a
        בשבוע	beSav'u?a
        הבא	hab'a
        הבאה	haba?'a
        הקרובה	hakQ"ov'a
        אתמול	etm'ol
        ינואר	j'anu?aQ"
        פברואר	f'ebQ"u?aQ"
        מרץ	m'eQ"ts
        אפריל	apQ"'il
        מאי	m'ai
        יוני	j'uni
        יולי	j'uli
        אוגוסט	'ogust
        ספטמבר	sept'embeQ"
        אוקטובר	okt'obeQ"
        נובמבר	nov'embeQ"
        דצמבר	dets'embeQ"
        בוקר	b'okeQ"
        הבוקר	hab'okeQ"
        צהריים	tsohoQ"'aim
        ערב	'eQ"ev
        הערב	ha?'eQ"ev
        לילה	l'aila
        הלילה	hal'aila
        בלילה	bal'aila
        לפני	lifn'ei
        בין	b'ein
        לבין	lev'ein
        שעה	Sa?'a
        שעות	Sa?'ot
        בשעה	beSa?'a
        בשעות	biS?'ot
        לשעה	leSa?'a
        תאריך	ta?aQ"'iX
        מועד	mo?'ed
        המועד	hamo?'ed
        מוקדם	mukd'am
        מאוחר	me?uX'aQ"
        ימים	jam'im
        ימי	jem'ei
        חודש	X'odeS
        שנה	San'a
        דחוף	daX'uf
        מיד	mij'ad
        כרגע	kaQ"'ega
        רגע	Q"'ega
        עכשו	aXS'av
        תמיד	tam'id
        # cities
        אילת	eil'at
        עפולה	'afula
        חדרה	Xad'eQ"a
        לוד	l'od
        רמלה	Q"'amla
        יבנה	j'avne
        אשקלון	aSkel'on
        נהריה	naha?Q"'ija
        עכו	'ako
        טבריה	tveQ"'ja
        צפת	tsf'at
        מודיעין	modi?'in
        רחובות	Q"eX'ovot
        בקריית	bekiQ"j'at
        קריית	kiQ"j'at
        בירושלים	biQ"uSal'aim
        נצרת	nats'eQ"et
        כרמיאל	kaQ"mi?'el
        """#
}
