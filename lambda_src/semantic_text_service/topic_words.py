"""The words by which topics are told: chosen for this project by hand, lower case, in their shortest form.

No published list that may be passed on covers these topics. How often the words are right is measured in the tests and
stated in docs/services/semantic-text-service.md; nothing more is claimed.
"""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a text may be about."""

    BUSINESS = "business"
    CULTURE = "culture"
    HEALTH = "health"
    POLITICS = "politics"
    SCIENCE = "science"
    SPORT = "sport"
    TECHNOLOGY = "technology"
    TRAVEL = "travel"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS: dict[Topic, frozenset[str]] = {
    Topic.BUSINESS: _words(
        "bank banker banking bond budget business company corporate corporation currency customer debt deficit dollar "
        "earning economic economist economy employer employment euro executive export finance financial firm fund "
        "growth hedge import income inflation invest investment investor layoff loan manager market merger money "
        "mortgage payroll pension price profit recession retail revenue salary sale share shareholder startup stock "
        "supplier tariff trade trader wage"
    ),
    Topic.CULTURE: _words(
        "actor actress adaptation album animated animation art artist audience author band book cast character "
        "cinema cinematic cinematographer cinematography comedy comic concert culture dialogue director documentary "
        "drama dramatic entertainment exhibition fiction film filmmaker genre hollywood horror humor joke literature "
        "melodrama movie museum music musical musician narrative novel opera orchestra painter painting performance "
        "plot poem poet poetry remake romance satire scene screen screenplay script sequel singer song soundtrack "
        "story storytelling theater theatre thriller trilogy viewer watching"
    ),
    Topic.HEALTH: _words(
        "allergy antibiotic asthma bacteria blood cancer clinic clinical cure dentist depression diabetes diagnosis "
        "diet disease doctor dose drug epidemic fever flu health healthcare healthy heart hospital illness immune "
        "infection injury insulin medical medicare medication medicine nurse nutrition obesity outbreak pain pandemic "
        "patient pharmacy physician pill pregnancy psychiatric sick stroke surgeon surgery symptom therapist therapy "
        "treatment tumor vaccination vaccine virus"
    ),
    Topic.POLITICS: _words(
        "administration ambassador amendment ballot bill bipartisan cabinet campaign candidate citizen civil "
        "coalition congress congressional congressman conservative constitution constitutional corruption "
        "council court criminal democracy democrat democratic diplomacy diplomat diplomatic elect election electoral "
        "embassy enforcement federal foreign governor government immigrant immigration justice law lawmaker lawsuit "
        "legal legislation legislative legislator legislature liberal mayor military minister parliament party "
        "peace police policy political politician politics poll president presidential prime prosecutor public reform "
        "refugee regime republican rights sanction secretary senate senator soldier state statehouse supreme tax "
        "treaty troop vote voter voting war washington"
    ),
    Topic.SCIENCE: _words(
        "asteroid astronomer astronomy atom biologist biology carbon chemical chemist chemistry climate comet "
        "discovery dna dinosaur earthquake ecosystem electron emission energy evolution experiment fossil galaxy gene "
        "genetic genome geologist geology gravity hypothesis laboratory mathematician mathematics molecule moon nasa "
        "nucleus orbit organism particle physicist physics planet protein quantum research researcher satellite "
        "science scientific scientist species spacecraft star telescope theory universe"
    ),
    Topic.SPORT: _words(
        "athlete athletic ball baseball basketball boxing champion championship coach cricket cup defender fifa "
        "football footballer game goal goalkeeper golf hockey innings league marathon match medal midfielder nba nfl "
        "offside olympic olympics opponent penalty pitcher player playoff quarterback race racing referee rugby runner "
        "scored scorer season skater soccer sport stadium striker swimmer team tennis touchdown tournament umpire "
        "victory wicket wimbledon winner"
    ),
    Topic.TECHNOLOGY: _words(
        "algorithm android antivirus app apple battery bluetooth browser bug button cable camera charger "
        "charging chip click computer cpu data desktop device digital disc disk display download drive driver "
        "dvd electronic email encryption feature file firmware flash format gadget google gps hard hardware headphone "
        "installation install installed internet interface ipod keyboard laptop lens linux lithium mac "
        "machine manual memory menu microsoft mobile model monitor mp3 network online option "
        "password pc phone picture pixel player plug port printer processor product quality reception remote "
        "resolution ringtone router screen server setting setup signal smartphone software speaker storage support "
        "tablet tech technology upgrade usb user version video viewfinder volume warranty web website "
        "wifi windows wireless zoom zune"
    ),
    Topic.TRAVEL: _words(
        "accommodation adventure airbnb airfare airline airplane airport apartment beach boarding booking camping "
        "castle cathedral coast cruise cuisine destination excursion explore ferry flight guide guidebook hike hiking "
        "holiday hostel hotel island itinerary journey landmark luggage mountain passenger passport pilgrim resort "
        "sightseeing souvenir suitcase tour tourism tourist train travel traveler traveller trip vacation valley visa "
        "visitor voyage"
    ),
}
