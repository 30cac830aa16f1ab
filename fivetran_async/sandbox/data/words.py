"""Ids as Fivetran mints them: two words and an underscore, each id once."""

from __future__ import annotations

import math
import random
from typing import Final

_ADJECTIVES: Final = """
able acidic agile alert amber ample ancient aquatic arctic ardent arid artful atomic austere autumn azure balmy basic
beige blithe bold bone bookish brass brave breezy brief bright brisk bronze bubbly calm candid canny careful cedar
chalky charmed cheerful chilly civic classic clean clever cloudy coarse cobalt cogent comic compact copper coral cosmic
cosy crafty creamy crisp crystal curious current custom daily dapper daring decent deep deft dense desert devout digital
direct distant docile dormant dotted dreamy dry dual dulcet dusky dusty eager early earnest earthen easy elastic elder
elegant emerald eminent epic equal exact exotic expert fabled fair faint famous fancy fast fertile festive fiery fine
firm flaxen fleet floral fluent fluid foggy fond formal frank fresh frosty frugal gentle genuine giant gifted glad
glassy global golden graceful grand granite grateful green gritty handy happy hardy hazel hearty heavy helpful hidden
hollow honest humble icy ideal idle immense indigo ivory jade jaunty jolly jovial keen kind lavish lawful leafy level
light lilac limber linear liquid lively local lofty loyal lucid lunar magnetic mellow merry mild mindful minty misty
modern modest mossy muted narrow native neat nimble noble nomadic novel oaken oblong olive opaque open orchid ornate
outer oval paced pastel patient pearly perky pine placid plain playful pliant plucky plush polar polite potent primal
prompt proud prudent quaint quick quiet radiant rapid rare ready regal robust rosy round royal rugged russet rustic
sandy scenic secret sedate serene sharp shiny silent silken silver simple sleek smooth snowy sober solar solid sonic
sparse spry stable stark steady steep stellar stoic sturdy subtle sunny supple swift tacit tame tawny teal tender tepid
thorough tidal tidy timely topaz tranquil trusty twin urban valid vast velvet verbal vernal vibrant vivid vocal wary
warm weekly wise witty wooden worthy woven young zealous zesty
""".split()  # noqa: SIM905 - a list of three hundred quoted words is no better to read
_NOUNS: Final = """
acorn acreage alcove almanac anchor antelope anvil apricot arbour arcade archway atlas attic auburn awning badger
balcony ballad bamboo banner barley basin basket bayou beacon beaker belfry birch bistro blossom bluff bobbin bonfire
bonnet bough boulder bower breeze bridge brook buckle bugle bulwark burrow button cabin cactus cadence camera canal
canopy canvas canyon caravan carafe cascade castle cavern cello chalice chapter chisel cider cinder circuit citadel
clarinet clover cobbler comet compass conduit coral cottage courier crane crater crest cricket crocus crystal cupboard
curtain cymbal dahlia damson dapple delta dial divan dolphin domino dropsy drum dune eagle easel echo eddy elm ember
emblem engine envoy estuary fable falcon farthing fathom fender fern ferry fiddle figment finch fjord flagon flannel
flax flint flute foliage folio forest forge fountain foxglove gable galaxy gallery gantry garland garnet gazebo geyser
ginger glacier glade goblet gondola gorge granary grotto grove gully hamlet hammock harbour harvest haven hazard heath
heather hedge helmet heron hickory hinge hollow horizon inkwell inlet island jasmine jetty jigsaw journal juniper kayak
kernel kestrel kettle keystone kiln kiosk lagoon lantern larch lattice laurel lectern ledger lichen lilac limerick
linden lintel locket loom lupin lyric magnet magpie mallet mandolin mantle maple marble marina market marsh mask meadow
medley mercury mesa meteor mill mirror mitten moat monolith mosaic muffin mural nectar nest nickel nook notch nutmeg
oasis oboe ocean octave olive opal orbit orchard oriole osprey otter outpost paddock pagoda palette parade parcel
parsley pasture pavilion pebble pelican pendant pepper pergola pewter piano pilgrim pillar pioneer plateau plaza plume
pocket poem pollen poppy porch portal prairie prism pulley quarry quartz quill quilt rabbit rafter ravine reef relic
ribbon ridge ripple river rivet robin rosette rotunda rudder saddle saffron sail sandal sapling satchel saucer savanna
scarf scroll seashell sequoia shale shelter shingle shore signal silo sonata sparrow spindle spire spruce stable
stanza steeple stencil summit sundial swallow tableau tandem tangent tapestry teapot temple terrace thicket thimble
thistle thread tide timber topaz torrent tower trellis tributary trinket trombone tulip tundra turbine turret valley
vault velvet veranda vessel viaduct village vine viola volcano walnut waterfall weaver wharf whistle wicket willow
windmill wisteria yarrow zenith zephyr
""".split()  # noqa: SIM905 - as above

_SIZE: Final = len(_ADJECTIVES) * len(_NOUNS)


class Minter:
    """Gives out ids, in an order that only the seed decides, none of them twice.

    Args:
        seed: What decides the order.
        taken: How many ids were given out before, by the minter that this one continues.
    """

    def __init__(self, seed: int, taken: int = 0) -> None:
        rng = random.Random(f"ids/{seed}")  # noqa: S311 - repeatable words, not secrets
        self._offset = rng.randrange(_SIZE)
        stride = rng.randrange(_SIZE // 3, _SIZE)
        # A stride without a common divisor visits every pair of words once before it comes back to the first.
        while math.gcd(stride, _SIZE) != 1:
            stride += 1
        self._stride = stride
        self.taken = taken

    def mint(self) -> str:
        """Return the next id."""
        turn, place = divmod(self.taken, _SIZE)
        self.taken += 1
        adjective, noun = divmod((self._offset + place * self._stride) % _SIZE, len(_NOUNS))
        word = f"{_ADJECTIVES[adjective]}_{_NOUNS[noun]}"
        return f"{word}_{turn + 1}" if turn else word
