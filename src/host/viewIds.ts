/** The side bar's view of datasets, as package.json declares it. */
export const datasetsViewId = "winnow.datasetsView";
