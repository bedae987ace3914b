#!/bin/sh
# Makes hebrew-telephone.mllr: the transform that fits PocketSphinx's wide-band American model to Hebrew on a telephone line.
#
# usage: make-mllr.sh PHONEMES LEXICON ANSWERS OUT
#   PHONEMES  word or phrase <tab> espeak-ng phonemes [<tab> variant]: how callers say it
#   LEXICON   word <tab> CMU phones [| CMU phones ...]: the recogniser's own pronunciations
#   ANSWERS   state <tab> value <tab> label <tab> phrase
#   OUT       directory for hebrew-telephone.mllr and for the working files (about 500 MB)
# Debian packages: espeak-ng sox sphinxtrain sphinxbase-utils pocketsphinx pocketsphinx-en-us python3 python3-numpy
# Costs about five minutes of one core. Needed only when the lexicon's conventions or the line's front end change.
# The speech is not the same to the bit each time: a second run differs in the third digit.
set -eu
[ $# -eq 4 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
phonemes=$(realpath "$1"); lexicon=$(realpath "$2"); answers=$(realpath "$3")
mkdir -p "$4"; cd "$4"
model=${MODEL:-/usr/share/pocketsphinx/model/en-us/en-us}
train=${SPHINXTRAIN:-/usr/lib/sphinxtrain}
step() { echo "make-mllr: $*"; }
# The tools are chatty: their output goes to a log, and the log's name to whoever has to read it.
quiet() { log=$1; shift; "$@" >"$log" 2>&1 || { echo "make-mllr: $1 failed, see $PWD/$log" >&2; exit 1; }; }

step "speaking the adaptation sentences"
python3 "$here/mllr.py" speak "$phonemes" "$lexicon" "$answers"

# The same front end as the recogniser: noise removal and silence removal off, cepstral mean per utterance (in bw).
step "features"
mkdir -p mfc
quiet features.log sphinx_fe -argfile "$model/feat.params" -samprate 16000 -remove_noise no -remove_silence no -dither no \
  -c utterances -di wave -ei raw -raw yes -do mfc -eo mfc
python3 "$here/mllr.py" mean mfc

# Debian ships the decoder's packed files. bw wants a text model definition and plain mixture weights.
step "unpacking the model"
quiet mdef.log pocketsphinx_mdef_convert -text "$model/mdef" mdef.txt
python3 "$here/mllr.py" weights "$model/sendump" mixture_weights

# Two passes: the first aligns with the American means, the second with means already moved, which chooses better pronunciations.
means=$model/means
for pass in 1 2; do
  step "pass $pass: which pronunciation was said"
  quiet "choose$pass.log" pocketsphinx_batch -hmm "$model" -mean "$means" -dict words.dict -fdict fillers.dict \
    -ctl utterances -cepdir mfc -cepext .mfc -fsgctl utterances -fsgdir sentence -fsgext .fsg \
    -hypseg "chosen$pass" -beam 1e-100 -pbeam 1e-100 -wbeam 1e-80
  python3 "$here/mllr.py" transcripts "chosen$pass" "said$pass"

  step "pass $pass: forward-backward"
  mkdir -p "counts$pass"; rm -f "counts$pass"/*
  # -svspec: the model's three streams (cepstra, deltas, second deltas) have codebooks of their own. .ptm.: one per phone.
  quiet "bw$pass.log" "$train/bw" -moddeffn mdef.txt -ts2cbfn .ptm. -feat 1s_c_d_dd -svspec 0-12/13-25/26-38 \
    -cmn batch -agc none -meanfn "$means" -varfn "$model/variances" -mixwfn mixture_weights \
    -tmatfn "$model/transition_matrices" -dictfn words.dict -fdictfn fillers.dict \
    -ctlfn "said$pass.ids" -lsnfn "said$pass" -cepdir mfc -cepext mfc -accumdir "counts$pass" -topn 8

  step "pass $pass: solving"
  python3 "$here/mllr.py" solve "$model" mdef.txt "counts$pass" "pass$pass.mllr" "pass$pass.classes"
  python3 "$here/mllr.py" apply "$model" mdef.txt "pass$pass.mllr" "means$pass" "variances$pass"
  means=means$pass
done

cp pass2.mllr hebrew-telephone.mllr
cp pass2.classes hebrew-telephone.classes
# For those who pass -mean and -var instead of -mllr: PocketSphinx itself reads one class only.
python3 "$here/mllr.py" apply "$model" mdef.txt hebrew-telephone.classes hebrew-telephone.means hebrew-telephone.variances
step "wrote $PWD/hebrew-telephone.mllr"
